package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/pull} and {@code /api/push} against registries of clockwork: the default registry has every well-formed name but those
 * that begin with {@code nope} or {@code missing}; any other registry refuses the connection.
 */
final class Transfers {
    private static final GoType REQUEST = GoType.struct(
            "api.PullRequest",
            field("model", GoType.STRING),
            field("name", GoType.STRING),
            field("insecure", GoType.BOOL),
            field("stream", GoType.BOOL));
    private static final long STEP_NANOS = 60_000_000L;
    private static final int STEPS = 20;
    private static final long PULLED_SIZE = 1_321_098_329L;

    private final Host host;

    Transfers(Host host) {
        this.host = host;
    }

    void pull(Exchange exchange, byte[] body) throws GoJsonException {
        JsonObject json = REQUEST.parse(body);
        String asked = asked(json);
        ModelName name = ModelName.parse(asked);
        if (!name.isValid()) {
            exchange.refuse(new Refusal(400, "invalid model name"));
            return;
        }
        Progress progress = new Progress(exchange, json.bool("stream", true));
        progress.status("pulling manifest");
        Refusal refusal = unreachable(name, json.bool("insecure", false) ? "http" : "https");
        if (refusal != null) {
            progress.fail(refusal);
            return;
        }
        StoredModel known = host.library().folded(name);
        StoredModel model = known != null
                ? known
                : StoredModel.of(ModelSpec.text(name.display(), PULLED_SIZE, "1.2B", Capability.TOOLS), Instant.now());
        new Pull(exchange, progress, model)
                .step(known != null ? STEPS : 0, host.clock().now());
    }

    /** Why the manifest cannot be had, or null. */
    @Nullable
    Refusal unreachable(ModelName name, String scheme) {
        if (!name.host().equals("registry.ollama.ai")) {
            return new Refusal(
                    500,
                    "pull model manifest: Get \"" + scheme + "://" + name.host() + "/v2/" + name.namespace() + "/"
                            + name.model() + "/manifests/" + name.tag() + "\": dial tcp " + name.host()
                            + ": connect: connection refused");
        }
        boolean missing = name.model().startsWith("nope") || name.model().startsWith("missing");
        return missing ? new Refusal(500, "pull model manifest: file does not exist") : null;
    }

    /** One pull: a line per 60 ms of simulated time; it stops where the client leaves. */
    private final class Pull {
        private final Exchange exchange;
        private final Progress progress;
        private final StoredModel model;

        Pull(Exchange exchange, Progress progress, StoredModel model) {
            this.exchange = exchange;
            this.progress = progress;
            this.model = model;
        }

        void step(int done, long now) {
            if (exchange.isEnded()) {
                return;
            }
            long total = model.spec().size();
            Map<String, @Nullable Object> line = GoJson.object(
                    "status", "pulling " + model.weights().substring(0, 12),
                    "digest", "sha256:" + model.weights(),
                    "total", total);
            if (done > 0) {
                line.put("completed", total * done / STEPS);
            }
            progress.line(line);
            if (done < STEPS) {
                long due = now + STEP_NANOS;
                var unused = host.clock().at(due, () -> step(done + 1, due));
                return;
            }
            progress.status("verifying sha256 digest");
            progress.status("writing manifest");
            host.library().put(model);
            progress.success();
        }
    }

    void push(Exchange exchange, byte[] body) throws GoJsonException {
        JsonObject json = REQUEST.parse(body);
        String asked = asked(json);
        if (asked.isEmpty()) {
            exchange.refuse(new Refusal(400, "model is required"));
            return;
        }
        ModelName name = ModelName.parse(asked);
        Progress progress = new Progress(exchange, json.bool("stream", true));
        progress.status("retrieving manifest");
        StoredModel model = name.isValid() ? host.library().folded(name) : null;
        if (model == null) {
            progress.status("couldn't retrieve manifest");
            progress.fail(
                    new Refusal(500, "open /models/manifests/" + name.manifestPath() + ": no such file or directory"));
        } else if (!name.host().equals("registry.ollama.ai")) {
            String scheme = json.bool("insecure", false) ? "http" : "https";
            progress.fail(new Refusal(
                    500,
                    "Head \"" + scheme + "://" + name.host() + "/v2/" + name.namespace() + "/" + name.model()
                            + "/blobs/sha256:" + model.weights() + "\": dial tcp " + name.host()
                            + ": connect: connection refused"));
        } else {
            long total = model.spec().size();
            progress.line(GoJson.object(
                    "status",
                    "pushing " + model.weights().substring(0, 12),
                    "digest",
                    "sha256:" + model.weights(),
                    "total",
                    total,
                    "completed",
                    total));
            progress.status("pushing manifest");
            progress.success();
        }
    }

    static String asked(JsonObject json) {
        return json.string("model").isEmpty() ? json.string("name") : json.string("model");
    }
}

package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /api/create}: from another model or from uploaded files. */
final class Creation {
    private static final GoType REQUEST = GoType.struct(
            "api.CreateRequest",
            field("model", GoType.STRING),
            field("name", GoType.STRING),
            field("from", GoType.STRING),
            field("system", GoType.STRING),
            field("template", GoType.STRING),
            field("quantize", GoType.STRING),
            field("stream", GoType.BOOL),
            field("parameters", GoType.MAP),
            field("files", GoType.MAP));
    private static final Set<String> QUANTIZATIONS = Set.of("F32", "F16", "Q4_K_S", "Q4_K_M", "Q8_0");

    private final Host host;
    private final Transfers transfers;

    Creation(Host host, Transfers transfers) {
        this.host = host;
        this.transfers = transfers;
    }

    void create(Exchange exchange, byte[] body) throws GoJsonException {
        JsonObject json = REQUEST.parse(body);
        ModelName name = ModelName.parse(Transfers.asked(json));
        JsonObject files = json.object("files");
        if (!name.isValid()) {
            exchange.refuse(new Refusal(400, "invalid model name"));
            return;
        }
        if (files != null && files.members().stream().anyMatch(file -> !isInside(file.key()))) {
            exchange.refuse(new Refusal(400, "file path must be relative"));
            return;
        }
        Progress progress = new Progress(exchange, json.bool("stream", true));
        StoredModel base;
        if (!json.string("from").isEmpty()) {
            base = from(progress, json.string("from"));
        } else if (files != null && !files.members().isEmpty()) {
            base = fromFile(
                    progress, name, String.valueOf(files.members().get(0).value()));
        } else {
            progress.fail(new Refusal(400, "neither 'from' or 'files' was specified"));
            return;
        }
        if (base != null) {
            make(progress, json, name, base);
        }
    }

    private static boolean isInside(String path) {
        return !path.startsWith("/") && !path.startsWith("..") && !path.contains("/..");
    }

    /** The model to start from, or null if the answer is given already. */
    private @Nullable StoredModel from(Progress progress, String from) {
        ModelName name = ModelName.parse(from);
        if (!name.isValid()) {
            progress.fail(new Refusal(400, "invalid model name"));
            return null;
        }
        // 0.15.2 minds the case here and pulls what it does not find.
        StoredModel model = host.library().exact(name);
        if (model == null) {
            progress.status("pulling manifest");
            Refusal refusal = transfers.unreachable(name, "https");
            if (refusal != null) {
                progress.fail(refusal);
                return null;
            }
            model = StoredModel.of(ModelSpec.text(name.display(), 1_321_098_329L, "1.2B"), Instant.now());
            host.library().put(model);
        }
        return model;
    }

    private @Nullable StoredModel fromFile(Progress progress, ModelName name, String digest) {
        progress.status("parsing GGUF");
        Library.Blob blob = host.library().blob(digest);
        if (blob == null) {
            progress.fail(
                    new Refusal(500, "open /models/blobs/" + digest.replace(':', '-') + ": no such file or directory"));
            return null;
        }
        if (!blob.gguf()) {
            progress.fail(new Refusal(500, "supplied file was not in GGUF format"));
            return null;
        }
        progress.status("using existing layer " + digest);
        StoredModel plain = StoredModel.of(ModelSpec.text(name.display(), blob.size(), "unknown"), Instant.now());
        String weights = digest.substring("sha256:".length());
        return new StoredModel(
                name, plain.spec(), plain.modifiedAt(), plain.digest(), weights, plain.template(), "", "", Map.of());
    }

    private void make(Progress progress, JsonObject json, ModelName name, StoredModel base) {
        String quantize = json.string("quantize").toUpperCase(Locale.ROOT);
        if (!quantize.isEmpty() && !QUANTIZATIONS.contains(quantize)) {
            progress.fail(new Refusal(
                    500,
                    "unsupported quantization type " + quantize
                            + " - supported types are F32, F16, Q4_K_S, Q4_K_M, Q8_0"));
            return;
        }
        String template = json.string("template");
        if (template.contains("{{") && !template.contains("}}")) {
            progress.fail(new Refusal(400, "template error: template: :1: unclosed action"));
            return;
        }
        String system = json.string("system");
        if (!json.string("from").isEmpty()) {
            progress.status("using existing layer sha256:" + base.weights());
            progress.status("using existing layer sha256:" + Ids.sha256(base.template()));
            if (!system.isEmpty()) {
                progress.status("creating new layer sha256:" + Ids.sha256(system));
            }
        }
        progress.status("writing manifest");
        host.library()
                .put(base.remade(
                        name,
                        Instant.now(),
                        template.isEmpty() ? null : template,
                        system.isEmpty() ? null : system,
                        parameters(json)));
        progress.success();
    }

    private static Map<String, Object> parameters(JsonObject json) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        JsonObject given = json.object("parameters");
        if (given != null) {
            for (JsonObject.Member member : given.members()) {
                if (member.value() != null) {
                    parameters.put(member.key(), member.value());
                }
            }
        }
        return parameters;
    }
}

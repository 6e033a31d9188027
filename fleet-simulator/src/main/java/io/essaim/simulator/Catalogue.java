package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The routes that only tell: root, version, tags, ps, show and the model list of /v1. */
final class Catalogue {
    static final GoType SHOW = GoType.struct(
            "api.ShowRequest",
            field("model", GoType.STRING),
            field("name", GoType.STRING),
            field("system", GoType.STRING),
            field("template", GoType.STRING),
            field("verbose", GoType.BOOL),
            field("options", GoType.MAP));
    /** What Go's largest keep-alive adds up to: about 292 years. */
    private static final long FOREVER_SECONDS = 9_223_372_036L;

    private final Host host;

    Catalogue(Host host) {
        this.host = host;
    }

    /** Serves the route if it is one of these. */
    boolean serve(Route route, Exchange exchange, byte[] body) {
        switch (route) {
            case ROOT, HEAD_ROOT -> exchange.whole(200, "text/plain; charset=utf-8", "Ollama is running");
            case VERSION, HEAD_VERSION -> exchange.json(200, Map.of("version", "0.15.2"));
            case TAGS, HEAD_TAGS -> exchange.json(200, GoJson.object("models", tags()));
            case PS -> exchange.json(200, GoJson.object("models", running()));
            case SHOW -> show(exchange, body);
            case V1_MODELS -> exchange.whole(200, Exchange.BARE_JSON, GoJson.write(v1List()) + "\n");
            case V1_MODEL -> v1Model(exchange);
            default -> {
                return false;
            }
        }
        return true;
    }

    private List<Object> tags() {
        List<Object> list = new ArrayList<>();
        for (StoredModel model : host.library().all()) {
            list.add(GoJson.object(
                    "name", model.name().display(),
                    "model", model.name().display(),
                    "modified_at", Host.local(model.modifiedAt()),
                    "size", model.spec().size(),
                    "digest", model.digest(),
                    "details", details(model)));
        }
        return list;
    }

    static Map<String, @Nullable Object> details(StoredModel model) {
        ModelSpec spec = model.spec();
        return GoJson.object(
                "parent_model", model.parentModel(),
                "format", "gguf",
                "family", spec.family(),
                "families", List.of(spec.family()),
                "parameter_size", spec.parameterSize(),
                "quantization_level", spec.quantization());
    }

    private List<Object> running() {
        List<Object> list = new ArrayList<>();
        for (Runner runner : host.scheduler().listed()) {
            StoredModel model = runner.model();
            long expires = host.scheduler().expiresAt(runner);
            Instant when = expires == Runner.FOREVER
                    ? Instant.now().plusSeconds(FOREVER_SECONDS)
                    : host.clock().wall(expires);
            list.add(GoJson.object(
                    "name", model.name().display(),
                    "model", model.name().display(),
                    "size", memory(runner),
                    "digest", model.digest(),
                    "details", details(model),
                    "expires_at", Host.local(when),
                    // These hosts have no GPU.
                    "size_vram", 0,
                    "context_length", runner.options().numCtx()));
        }
        return list;
    }

    /** The weights and a cache whose size goes with the context. */
    private long memory(Runner runner) {
        ModelSpec spec = runner.model().spec();
        return spec.size() + 16L * runner.options().numCtx() * spec.embeddingLength();
    }

    private void show(Exchange exchange, byte[] body) {
        JsonObject json;
        try {
            json = SHOW.parse(body);
        } catch (GoJsonException e) {
            exchange.refuse(new Refusal(400, e.text().equals("EOF") ? "missing request body" : e.text()));
            return;
        }
        String asked = json.string("model").isEmpty() ? json.string("name") : json.string("model");
        ModelName name = ModelName.parse(asked);
        StoredModel model = host.library().folded(name);
        if (asked.isEmpty()) {
            exchange.refuse(new Refusal(400, "model is required"));
        } else if (!name.isValid()) {
            exchange.refuse(new Refusal(500, "unqualified name: " + name.full()));
        } else if (model == null) {
            exchange.refuse(Refusal.notFound(asked));
        } else {
            exchange.json(200, ShowBody.of(model, json));
        }
    }

    private Object v1List() {
        List<Object> data = new ArrayList<>();
        for (StoredModel model : host.library().all()) {
            data.add(v1Entry(model.name().display(), model));
        }
        // Go writes a nil slice as null.
        return GoJson.object("object", "list", "data", data.isEmpty() ? null : data);
    }

    private void v1Model(Exchange exchange) {
        String asked = Route.parameter(exchange.path());
        StoredModel model = host.library().folded(ModelName.parse(asked));
        if (model == null) {
            Envelope.OPENAI.inner(exchange, Refusal.notFound(asked));
        } else {
            exchange.whole(200, Exchange.BARE_JSON, GoJson.write(v1Entry(asked, model)) + "\n");
        }
    }

    static Object v1Entry(String id, StoredModel model) {
        return GoJson.object(
                "id",
                id,
                "object",
                "model",
                "created",
                model.modifiedAt().getEpochSecond(),
                "owned_by",
                model.name().namespace());
    }
}

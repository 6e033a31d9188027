package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/embed}, {@code /api/embeddings} and {@code /v1/embeddings}. */
final class Embeddings {
    private static final GoType EMBED = GoType.struct(
            "api.EmbedRequest",
            field("model", GoType.STRING),
            field("keep_alive", NativeAsks.KEEP_ALIVE),
            field("truncate", GoType.BOOL),
            field("dimensions", GoType.INT),
            field("options", GoType.MAP));
    private static final GoType OLD = GoType.struct(
            "api.EmbeddingRequest",
            field("model", GoType.STRING),
            field("prompt", GoType.STRING),
            field("keep_alive", NativeAsks.KEEP_ALIVE),
            field("options", GoType.MAP));
    private static final GoType OPENAI = GoType.struct(
            "openai.EmbedRequest",
            field("model", GoType.STRING),
            field("dimensions", GoType.INT),
            field("encoding_format", GoType.STRING));

    private final Host host;

    Embeddings(Host host) {
        this.host = host;
    }

    /** A request in one of the three dialects. */
    record Read(Route route, JsonObject json, List<String> inputs, int dimensions) {
        String model() {
            return json.string("model");
        }
    }

    void serve(Route route, Exchange exchange, byte[] body) throws GoJsonException {
        switch (route) {
            case EMBED -> embed(exchange, EMBED.parse(body));
            case EMBEDDINGS -> old(exchange, OLD.parse(body));
            default -> openAi(exchange, OPENAI.parse(body));
        }
    }

    private void embed(Exchange exchange, JsonObject json) {
        List<String> inputs = inputs(json.get("input"));
        if (inputs == null) {
            exchange.refuse(new Refusal(400, "invalid input type"));
            return;
        }
        // An empty string counts as no input here, not on /v1.
        List<String> wanted = inputs.equals(List.of("")) ? List.of() : inputs;
        run(exchange, new Read(Route.EMBED, json, wanted, (int) json.integer("dimensions", 0)));
    }

    private void old(Exchange exchange, JsonObject json) {
        ModelName name = ModelName.parse(json.string("model"));
        if (!name.isValid()) {
            exchange.refuse(new Refusal(400, "model is required"));
            return;
        }
        String prompt = json.string("prompt");
        run(exchange, new Read(Route.EMBEDDINGS, json, prompt.isEmpty() ? List.of() : List.of(prompt), 0));
    }

    private void openAi(Exchange exchange, JsonObject json) throws GoJsonException {
        String format = json.string("encoding_format");
        if (!List.of("", "float", "base64").contains(format)) {
            throw new GoJsonException(
                    "Invalid value for 'encoding_format' = " + format + ". Supported values: ['float', 'base64'].");
        }
        Object input = json.get("input");
        if (input == null || (input instanceof List<?> list && list.isEmpty())) {
            throw new GoJsonException("invalid input");
        }
        List<String> inputs = inputs(input);
        if (inputs == null) {
            Envelope.OPENAI.inner(exchange, new Refusal(400, "invalid input type"));
            return;
        }
        run(exchange, new Read(Route.V1_EMBEDDINGS, json, inputs, (int) json.integer("dimensions", 0)));
    }

    static @Nullable List<String> inputs(@Nullable Object input) {
        if (input == null) {
            return List.of();
        }
        if (input instanceof String text) {
            return List.of(text);
        }
        if (!(input instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
            return null;
        }
        return list.stream().map(String::valueOf).toList();
    }

    private void run(Exchange exchange, Read read) {
        Envelope envelope = Envelope.of(exchange.path(), host.profile().dialect());
        ModelName name = ModelName.parse(read.model());
        StoredModel model = read.route == Route.EMBEDDINGS
                ? host.library().exact(name)
                : host.library().folded(name);
        if (model == null) {
            envelope.inner(exchange, missing(read, name));
            return;
        }
        Options options;
        try {
            Ask ask = new Ask(false, read.model());
            ask.options = read.json.object("options");
            options = Options.of(ask, model.spec());
        } catch (Options.BadOption e) {
            envelope.inner(exchange, new Refusal(500, String.valueOf(e.getMessage())));
            return;
        }
        Long keepAlive = read.route == Route.V1_EMBEDDINGS ? null : GoDuration.keepAlive(read.json.get("keep_alive"));
        EmbedRun embedding =
                new EmbedRun(host, exchange, read, new EmbedRun.Target(model, options, keepAlive, envelope));
        exchange.onGone(embedding::cancel);
        embedding.start();
    }

    private static Refusal missing(Read read, ModelName name) {
        if (!name.isValid() && read.route == Route.EMBED) {
            return new Refusal(500, "unqualified name: " + name.full());
        }
        return new Refusal(404, "model \"" + read.model() + "\" not found, try pulling it first");
    }

    /** Answers with the vectors. */
    static void answer(Exchange exchange, Read read, int length, Counters counters) {
        List<Object> vectors = new ArrayList<>();
        for (String input : read.inputs) {
            vectors.add(vector(
                    input,
                    read.dimensions > 0 ? Math.min(read.dimensions, length) : length,
                    read.route != Route.EMBEDDINGS));
        }
        switch (read.route) {
            case EMBED -> exchange.json(200, nativeBody(read, vectors, counters));
            case EMBEDDINGS ->
                exchange.json(200, GoJson.object("embedding", vectors.isEmpty() ? List.of() : vectors.get(0)));
            default ->
                exchange.whole(200, Exchange.BARE_JSON, GoJson.write(openAiBody(read, vectors, counters)) + "\n");
        }
    }

    private static Object nativeBody(Read read, List<Object> vectors, Counters counters) {
        Map<String, @Nullable Object> body = GoJson.object("model", read.model(), "embeddings", vectors);
        if (!vectors.isEmpty()) {
            body.put("total_duration", counters.total());
            body.put("load_duration", counters.load());
            body.put("prompt_eval_count", counters.promptTokens());
        }
        return body;
    }

    static Object openAiBody(Read read, List<Object> vectors, Counters counters) {
        boolean base64 = read.json.string("encoding_format").equals("base64");
        List<Object> data = new ArrayList<>();
        for (Object vector : vectors) {
            Object written = base64 && vector instanceof float[] floats ? base64(floats) : vector;
            data.add(GoJson.object("object", "embedding", "embedding", written, "index", data.size()));
        }
        int tokens = counters.promptTokens();
        return GoJson.object(
                "object",
                "list",
                "data",
                data,
                "model",
                read.model(),
                "usage",
                GoJson.object("prompt_tokens", tokens, "total_tokens", tokens));
    }

    /** A vector that depends on the words of the input, so that texts which share words are near each other. */
    static float[] vector(String input, int length, boolean normalised) {
        float[] vector = new float[length];
        for (String piece : Tokens.split(input + ".")) {
            long bits = Babble.mix(piece.strip().hashCode());
            for (int i = 0; i < length; i++) {
                bits = Babble.mix(bits);
                vector[i] += ((bits >>> 40) / (float) (1 << 24)) - 0.5f;
            }
        }
        double square = 0;
        for (float value : vector) {
            square += (double) value * value;
        }
        double norm = normalised && square > 0 ? Math.sqrt(square) : 1;
        for (int i = 0; i < length; i++) {
            vector[i] = (float) (vector[i] / norm);
        }
        return vector;
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : vector) {
            bytes.putFloat(value);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}

package io.essaim.dialect;

import java.util.List;

/**
 * A request for embeddings, in no dialect.
 *
 * @param form the route it came by, which says how the answer is written
 * @param model the name as the client wrote it
 * @param inputs the texts; empty when nothing is to be embedded
 * @param dimensions how many numbers a vector is to have, 0 for the model's own
 */
public record EmbeddingAsked(Form form, String model, List<String> inputs, int dimensions) {
    /** How the client wants the vectors. */
    public enum Form {
        /** {@code /api/embed}. */
        OLLAMA,
        /** {@code /api/embeddings}: one text, one vector. */
        OLLAMA_SINGLE,
        /** {@code /v1/embeddings} with numbers. */
        OPENAI,
        /** {@code /v1/embeddings} with the bytes of 32-bit numbers, as OpenAI's own clients ask. */
        OPENAI_BASE64
    }

    public EmbeddingAsked {
        inputs = List.copyOf(inputs);
    }

    /** Reads {@code /api/embed}. */
    public static EmbeddingAsked ollama(byte[] json) throws InvalidRequest {
        GoJsonObject body = GoJsonObject.of(json, "api.EmbedRequest");
        List<String> texts = texts(body);
        // Ollama answers an empty text with no vector at all.
        boolean nothing = body.kind("input") == GoJsonObject.Kind.STRING && !body.says("input");
        return new EmbeddingAsked(Form.OLLAMA, model(body), nothing ? List.of() : texts, dimensions(body));
    }

    /** Reads {@code /api/embeddings}. */
    public static EmbeddingAsked ollamaSingle(byte[] json) throws InvalidRequest {
        GoJsonObject body = GoJsonObject.of(json, "api.EmbeddingRequest");
        String prompt = body.words("prompt").toString();
        List<String> texts = prompt.isEmpty() ? List.of() : List.of(prompt);
        return new EmbeddingAsked(Form.OLLAMA_SINGLE, model(body), texts, 0);
    }

    /** Reads {@code /v1/embeddings}. */
    public static EmbeddingAsked openAi(byte[] json) throws InvalidRequest {
        if (json.length == 0) {
            throw new InvalidRequest("EOF");
        }
        GoJsonObject body = GoJsonObject.of(json, "openai.EmbedRequest");
        String encoding = body.text("encoding_format");
        if (!encoding.isEmpty() && !encoding.equals("float") && !encoding.equals("base64")) {
            throw new InvalidRequest(
                    "Invalid value for 'encoding_format' = " + encoding + ". Supported values: ['float', 'base64'].");
        }
        if (!body.has("input") || body.kind("input") == GoJsonObject.Kind.LIST && !body.says("input")) {
            throw new InvalidRequest("invalid input");
        }
        Form form = encoding.equals("base64") ? Form.OPENAI_BASE64 : Form.OPENAI;
        return new EmbeddingAsked(form, model(body), texts(body), dimensions(body));
    }

    /** Whether there is nothing to embed, so that no backend need be asked. */
    public boolean asksNothing() {
        return inputs.isEmpty();
    }

    private static String model(GoJsonObject body) throws InvalidRequest {
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new InvalidRequest("model is required");
        }
        return model;
    }

    private static int dimensions(GoJsonObject body) throws InvalidRequest {
        Double wanted = body.number("dimensions", "int");
        return wanted == null || wanted < 0 ? 0 : wanted.intValue();
    }

    private static List<String> texts(GoJsonObject body) throws InvalidRequest {
        switch (body.kind("input")) {
            case ABSENT -> {
                return List.of();
            }
            case STRING, LIST -> {
                if (!body.holdsOnlyStrings("input")) {
                    throw new InvalidRequest("invalid input type");
                }
                return body.texts("input").stream().map(JsonText::toString).toList();
            }
            default -> throw new InvalidRequest("invalid input type");
        }
    }
}

package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

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
    public static EmbeddingAsked ollama(byte[] json) throws Refused {
        Body body = Body.of(json, "api.EmbedRequest");
        JsonNode input = body.any("input");
        List<String> texts = texts(input);
        // Ollama answers an empty text with no vector at all.
        boolean nothing = input.isString() && input.asString().isEmpty();
        return new EmbeddingAsked(Form.OLLAMA, model(body), nothing ? List.of() : texts, dimensions(body));
    }

    /** Reads {@code /api/embeddings}. */
    public static EmbeddingAsked ollamaSingle(byte[] json) throws Refused {
        Body body = Body.of(json, "api.EmbeddingRequest");
        String prompt = body.text("prompt");
        List<String> texts = prompt.isEmpty() ? List.of() : List.of(prompt);
        return new EmbeddingAsked(Form.OLLAMA_SINGLE, model(body), texts, 0);
    }

    /** Reads {@code /v1/embeddings}. */
    public static EmbeddingAsked openAi(byte[] json) throws Refused {
        if (json.length == 0) {
            throw new Refused("EOF");
        }
        Body body = Body.of(json, "openai.EmbedRequest");
        String encoding = body.text("encoding_format");
        if (!encoding.isEmpty() && !encoding.equals("float") && !encoding.equals("base64")) {
            throw new Refused(
                    "Invalid value for 'encoding_format' = " + encoding + ". Supported values: ['float', 'base64'].");
        }
        JsonNode input = body.any("input");
        if (input.isMissingNode() || input.isArray() && input.isEmpty()) {
            throw new Refused("invalid input");
        }
        Form form = encoding.equals("base64") ? Form.OPENAI_BASE64 : Form.OPENAI;
        return new EmbeddingAsked(form, model(body), texts(input), dimensions(body));
    }

    /** Whether there is nothing to embed, so that no backend need be asked. */
    public boolean asksNothing() {
        return inputs.isEmpty();
    }

    private static String model(Body body) throws Refused {
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new Refused("model is required");
        }
        return model;
    }

    private static int dimensions(Body body) throws Refused {
        Double wanted = body.number("dimensions", "int");
        return wanted == null || wanted < 0 ? 0 : wanted.intValue();
    }

    private static List<String> texts(JsonNode input) throws Refused {
        List<String> texts = new ArrayList<>();
        if (input.isString()) {
            texts.add(input.asString());
        } else if (input.isArray()) {
            for (JsonNode text : input) {
                if (!text.isString()) {
                    throw new Refused("invalid input type");
                }
                texts.add(text.asString());
            }
        } else if (!input.isMissingNode()) {
            throw new Refused("invalid input type");
        }
        return texts;
    }
}

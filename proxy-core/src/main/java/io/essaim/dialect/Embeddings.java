package io.essaim.dialect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Embeddings between Ollama's and OpenAI's dialects. The numbers keep the text they were written with: printing them anew
 * would change their last digits.
 *
 * @param rows a vector for each input, in its order, as the text of a JSON array
 * @param tokens of all inputs, 0 when the backend did not count
 */
public record Embeddings(List<String> rows, long tokens) {
    /** The answer to a request that asks nothing. */
    public static final Embeddings NONE = new Embeddings(List.of(), 0);

    public Embeddings {
        rows = List.copyOf(rows);
    }

    /** The route of a backend that embeds, behind its base URL as {@link BackendDialect#path} counts it. */
    public static String path(BackendDialect dialect) {
        return dialect == BackendDialect.OLLAMA ? "/api/embed" : "/embeddings";
    }

    /**
     * Writes a request.
     *
     * @throws Untranslatable when the backend's dialect has no embeddings
     */
    public static byte[] request(EmbeddingAsked asked, BackendDialect dialect, String model) throws Untranslatable {
        if (dialect != BackendDialect.OLLAMA && dialect != BackendDialect.OPENAI) {
            throw new Untranslatable("embeddings");
        }
        ObjectNode out = JsonNodeFactory.instance.objectNode().put("model", model);
        ArrayNode input = out.putArray("input");
        asked.inputs().forEach(input::add);
        if (asked.dimensions() > 0) {
            out.put("dimensions", asked.dimensions());
        }
        return GoJsonObject.MAPPER.writeValueAsBytes(out);
    }

    /**
     * Reads a good answer.
     *
     * @param inputs how many vectors there must be
     * @throws UnusableAnswer when it is not the dialect, or not as many
     */
    public static Embeddings read(BackendDialect dialect, byte[] answer, int inputs) throws UnusableAnswer {
        try {
            JsonTokens in = new JsonTokens();
            in.open(answer, 0, answer.length);
            if (!in.atObject()) {
                throw new InvalidFrame("an answer that is no JSON object");
            }
            String[] rows = new String[inputs];
            long tokens = 0;
            for (String name = in.member(); name != null; name = in.member()) {
                switch (name) {
                    case "embeddings" -> rows(in, rows);
                    case "data" -> data(in, rows);
                    case "prompt_eval_count" -> tokens = in.number(0);
                    case "usage" -> tokens = usage(in);
                    case "error" ->
                        throw new UnusableAnswer(ProviderErrorReader.inStream("{\"error\":" + in.json() + "}"));
                    default -> in.skip();
                }
            }
            in.close();
            if (Arrays.asList(rows).contains(null)) {
                throw new InvalidFrame("fewer vectors than texts");
            }
            return new Embeddings(List.of(rows), tokens);
        } catch (InvalidFrame e) {
            throw new UnusableAnswer(ProviderError.malformed(e.text()));
        }
    }

    private static void rows(JsonTokens in, String[] rows) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        for (int i = 0; in.element(); i++) {
            put(i, in, rows);
        }
    }

    private static void put(long index, JsonTokens in, String[] rows) throws InvalidFrame {
        if (index >= rows.length || !in.atArray()) {
            throw new InvalidFrame("vectors that were not asked for");
        }
        ByteBuilder row = new ByteBuilder().one('[');
        while (in.element()) {
            if (!in.atNumber()) {
                throw new InvalidFrame("a vector of what is no number");
            }
            in.copy(row.length() == 1 ? row : row.one(','));
        }
        rows[(int) index] = row.one(']').toString();
    }

    private static void data(JsonTokens in, String[] rows) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        for (int i = 0; in.element(); i++) {
            if (!in.atObject()) {
                throw new InvalidFrame("vectors that were not asked for");
            }
            long index = i;
            String[] row = new String[1];
            for (String name = in.member(); name != null; name = in.member()) {
                switch (name) {
                    case "embedding" -> put(0, in, row);
                    case "index" -> index = in.number(i);
                    default -> in.skip();
                }
            }
            if (index >= rows.length) {
                throw new InvalidFrame("vectors that were not asked for");
            }
            rows[(int) index] = row[0];
        }
    }

    private static long usage(JsonTokens in) throws InvalidFrame {
        long tokens = 0;
        if (!in.atObject()) {
            in.skip();
            return 0;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            if (name.equals("prompt_tokens")) {
                tokens = in.number(0);
            } else {
                in.skip();
            }
        }
        return tokens;
    }

    /** Writes the answer as the client's route wants it (what Ollama 0.15.2 writes there). */
    public void write(EmbeddingAsked asked, AnswerClock watch, ByteBuilder out) {
        switch (asked.form()) {
            case OLLAMA -> {
                out.ascii("{\"model\":").quote(asked.model()).ascii(",\"embeddings\":[");
                out.ascii(String.join(",", rows)).one(']');
                if (!rows.isEmpty()) {
                    out.ascii(",\"total_duration\":").number(watch.elapsed());
                    if (tokens > 0) {
                        out.ascii(",\"prompt_eval_count\":").number(tokens);
                    }
                }
                out.one('}');
            }
            case OLLAMA_SINGLE ->
                out.ascii("{\"embedding\":")
                        .ascii(rows.isEmpty() ? "[]" : rows.get(0))
                        .one('}');
            case OPENAI, OPENAI_BASE64 -> openAi(asked, out);
        }
    }

    private void openAi(EmbeddingAsked asked, ByteBuilder out) {
        out.ascii("{\"object\":\"list\",\"data\":[");
        for (int i = 0; i < rows.size(); i++) {
            out.ascii(i == 0 ? "" : ",").ascii("{\"object\":\"embedding\",\"embedding\":");
            String row = rows.get(i);
            out.ascii(asked.form() == EmbeddingAsked.Form.OPENAI ? row : '"' + base64(row) + '"');
            out.ascii(",\"index\":").number(i).one('}');
        }
        out.ascii("],\"model\":")
                .quote(asked.model())
                .ascii(",\"usage\":{\"prompt_tokens\":")
                .number(tokens);
        out.ascii(",\"total_tokens\":").number(tokens).ascii("}}\n");
    }

    private static String base64(String row) {
        List<Float> numbers = new ArrayList<>();
        for (JsonNode number : GoJsonObject.MAPPER.readTree(row)) {
            numbers.add((float) number.asDouble(0));
        }
        ByteBuffer bytes = ByteBuffer.allocate(numbers.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        numbers.forEach(bytes::putFloat);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}

package io.essaim.benchmarks.compare;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an Ollama with one loaded model says to those who look it over; enough for a proxy's probes. */
final class CannedAnswers {

    private static final String DIGEST = "42d70b4958b0fc33e746bca20bdd9c86cd8ad7cc325098e0d68ba51668e55d40";
    private static final String DETAILS =
            "\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\"llama\",\"families\":[\"llama\"],"
                    + "\"parameter_size\":\"1.2B\",\"quantization_level\":\"Q4_0\"}";
    private static final String ROW = "{\"name\":\"bench:latest\",\"model\":\"bench:latest\",";

    private static final String TAGS =
            "{\"models\":[" + ROW + "\"modified_at\":\"2026-02-02T08:48:00.343456745+01:00\",\"size\":98363728,"
                    + "\"digest\":\"" + DIGEST + "\"," + DETAILS + "}]}";
    private static final String PS = "{\"models\":[" + ROW + "\"size\":190948608,\"digest\":\"" + DIGEST + "\","
            + DETAILS + ",\"expires_at\":\"2318-01-01T00:00:00.000000000Z\",\"size_vram\":0,\"context_length\":4096}]}";
    private static final String SHOW =
            "{\"modelfile\":\"FROM bench:latest\",\"parameters\":\"\",\"template\":\"{{ .Prompt }}\"," + DETAILS
                    + ",\"model_info\":{\"general.architecture\":\"llama\",\"general.parameter_count\":1200000000,"
                    + "\"llama.context_length\":8192},\"capabilities\":[\"completion\"],"
                    + "\"modified_at\":\"2026-02-02T08:48:00.343456745+01:00\"}";
    private static final String LOADED =
            "{\"model\":\"bench:latest\",\"created_at\":\"2026-11-23T05:14:39.732324308Z\",\"response\":\"\","
                    + "\"done\":true,\"done_reason\":\"load\"}";

    private static final Map<String, byte[]> ANSWERS = Map.of(
            "GET /", text("Ollama is running", true),
            "HEAD /", text("Ollama is running", false),
            "GET /api/version", json("{\"version\":\"0.15.2\"}"),
            "GET /api/tags", json(TAGS),
            "GET /api/ps", json(PS),
            "POST /api/show", json(SHOW),
            "POST /api/generate", json(LOADED));

    private CannedAnswers() {}

    /** The whole answer to a request line such as {@code "GET /api/tags"}, or null if it is none of these. */
    static byte @Nullable [] to(String target) {
        return ANSWERS.get(target);
    }

    static byte[] notFound() {
        return Wire.bytes("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 18\r\n\r\n"
                + "404 page not found");
    }

    private static byte[] json(String body) {
        return answer("application/json; charset=utf-8", body.length(), body);
    }

    private static byte[] text(String body, boolean withBody) {
        return answer("text/plain; charset=utf-8", body.length(), withBody ? body : "");
    }

    private static byte[] answer(String type, int length, String body) {
        return Wire.bytes(
                "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + length + "\r\n\r\n" + body);
    }
}

package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.concurrent.TimeUnit;

/** What the backend sends and the load client expects; one source for both, so that a byte lost on the way is seen. */
final class Wire {

    static final int TOKENS_PER_SECOND = 50;
    static final long TOKEN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / TOKENS_PER_SECOND;
    static final String MODEL = "bench";

    /** One streamed line as Ollama 0.15 writes it, about 120 bytes. */
    static final String TOKEN_LINE = "{\"model\":\"bench\",\"created_at\":\"2026-11-23T05:14:39.732324308Z\","
            + "\"message\":{\"role\":\"assistant\",\"content\":\" swarm\"},\"done\":false}\n";

    static final byte[] LAST_CHUNK = bytes("0\r\n\r\n");

    private Wire() {}

    /** The terminal line, with figures that fit a stream of that many paced tokens. */
    static String doneLine(int tokens) {
        long evaluation = tokens * TOKEN_INTERVAL_NANOS;
        return "{\"model\":\"bench\",\"created_at\":\"2026-11-23T05:14:40.156278113Z\","
                + "\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"length\","
                + "\"total_duration\":" + (evaluation + 2_000_000) + ",\"load_duration\":1000000,"
                + "\"prompt_eval_count\":12,\"prompt_eval_duration\":1000000,"
                + "\"eval_count\":" + tokens + ",\"eval_duration\":" + evaluation + "}\n";
    }

    /** Length in bytes of a whole answer body, without chunk framing. */
    static long answerBytes(int tokens) {
        return (long) tokens * TOKEN_LINE.length() + doneLine(tokens).length();
    }

    /** One HTTP/1.1 chunk (RFC 9112, 7.1) holding {@code line}. */
    static byte[] chunk(String line) {
        return bytes(Integer.toHexString(line.length()) + "\r\n" + line + "\r\n");
    }

    /** A chat request that asks for {@code tokens} tokens. */
    static byte[] chatRequest(int tokens) {
        String body = "{\"model\":\"" + MODEL
                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello to the swarm.\"}],"
                + "\"stream\":true,\"options\":{\"num_predict\":" + tokens + "}}";
        return bytes("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Accept: application/x-ndjson\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    static byte[] bytes(String ascii) {
        return ascii.getBytes(US_ASCII);
    }
}

package io.essaim.benchmarks.soak;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A stream whose frames are numbered and carry a check sum, so that the history of what a client read can be checked: it is a prefix
 * of what was sent, without gap, repetition or a frame of another stream, and ends with exactly one of the last frame, an error, or nothing at
 * all because the client left.
 */
final class Numbered {
    private static final Pattern TOKEN = Pattern.compile("\"content\":\"([A-Za-z0-9-]+)/(\\d+)/([0-9a-f]+) \"");
    private static final Pattern DONE = Pattern.compile("\"done\":\\s*true");

    private final String id;
    private int next;
    private @Nullable String end;
    private @Nullable String violation;

    /** @param id of the stream, letters, digits and hyphens */
    Numbered(String id) {
        this.id = id;
    }

    /** A frame of a stream of Ollama's chat, with its newline. */
    static String frame(String id, int number) {
        return "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                + id + "/" + number + "/" + sum(id, number) + " \"},\"done\":false}\n";
    }

    /** The last frame, with its newline. */
    static String last(int frames) {
        return "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:01Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                + "\"done_reason\":\"stop\",\"total_duration\":1000000,\"load_duration\":1000,\"prompt_eval_count\":10,"
                + "\"prompt_eval_duration\":1000,\"eval_count\":" + frames + ",\"eval_duration\":1000000}\n";
    }

    private static String sum(String id, int number) {
        CRC32 sum = new CRC32();
        sum.update((id + number).getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(sum.getValue());
    }

    /** The client read a whole line. */
    void line(String line) {
        if (line.isBlank()) {
            return; // A sign of life before the first frame.
        }
        if (end != null) {
            violated("after its end (" + end + ") comes " + line);
        } else if (line.startsWith("{\"error\"")) {
            end = "error";
        } else if (DONE.matcher(line).find()) {
            end = "done";
        } else {
            token(line);
        }
    }

    private void token(String line) {
        Matcher token = TOKEN.matcher(line);
        if (!token.find()) {
            violated("a frame that nobody sent: " + line);
            return;
        }
        int number = Integer.parseInt(token.group(2));
        if (!token.group(1).equals(id)) {
            violated("a frame of " + token.group(1));
        } else if (number != next) {
            violated("frame " + number + " instead of " + next);
        } else if (!token.group(3).equals(sum(id, number))) {
            violated("frame " + number + " is damaged");
        }
        next = number + 1;
    }

    /** @param proper whether the body's framing ended as it should */
    void over(boolean proper) {
        if (proper && end == null) {
            violated("a proper end after frame " + (next - 1) + ", without a last frame or an error");
        } else if (!proper && end == null) {
            violated("it is cut after frame " + (next - 1) + " without a word");
        } else if ("done".equals(end) && !proper) {
            violated("the last frame came, and then no proper end");
        }
    }

    private void violated(String how) {
        if (violation == null) {
            violation = id + ": " + how;
        }
    }

    /** Whether the last frame came. */
    boolean whole() {
        return "done".equals(end);
    }

    /** The first thing that was wrong; null when nothing was. */
    @Nullable
    String violation() {
        return violation;
    }
}

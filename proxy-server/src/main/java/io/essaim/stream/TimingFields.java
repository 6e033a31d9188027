package io.essaim.stream;

import io.essaim.learn.ReportedTimings;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The figures that a backend gives at the end of an answer: Ollama's last line, or the {@code usage} of other
 * dialects. It is fed by the scan that walks the JSON anyway and keeps the bytes of one key at most. The last value of
 * a key counts.
 */
final class TimingFields {
    private static final byte[][] NAMES = {
        ascii("prompt_eval_count"),
        ascii("prompt_eval_duration"),
        ascii("eval_count"),
        ascii("eval_duration"),
        ascii("load_duration"),
        ascii("total_duration"),
        ascii("prompt_tokens"),
        ascii("completion_tokens"),
        ascii("input_tokens"),
        ascii("output_tokens")
    };
    private static final int NONE = -1;
    private static final int LONGEST = 20;
    private static final long MOST = Long.MAX_VALUE / 100;

    private final byte[] key = new byte[LONGEST];
    private final long[] values = new long[NAMES.length];
    private int length;
    private int current = NONE;
    private boolean fresh;

    TimingFields() {
        Arrays.fill(values, -1);
    }

    private static byte[] ascii(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    /** A key begins. */
    void keyBegins() {
        length = 0;
        current = NONE;
    }

    /** A byte of the key. */
    void keyByte(byte b) {
        if (length < LONGEST) {
            key[length] = b;
        }
        length++;
    }

    /** The key is over; a value follows. */
    void keyEnds() {
        current = NONE;
        for (int i = 0; i < NAMES.length && length <= LONGEST; i++) {
            if (NAMES[i].length == length && Arrays.equals(NAMES[i], 0, length, key, 0, length)) {
                current = i;
                fresh = true;
            }
        }
    }

    /** A byte outside of strings that is no structure: of a number, perhaps. */
    void valueByte(byte b) {
        if (current == NONE) {
            return;
        }
        if (b >= '0' && b <= '9' && (fresh || values[current] < MOST)) {
            values[current] = (fresh ? 0 : values[current] * 10) + b - '0';
            fresh = false;
        } else if (b != ' ') {
            values[current] = -1; // Negative, a fraction, absurd, or no number at all.
            current = NONE;
        }
    }

    /** The value is over. */
    void valueEnds() {
        current = NONE;
    }

    /** What was said so far. */
    ReportedTimings timings() {
        return new ReportedTimings(
                first(values[0], values[6], values[8]),
                values[1],
                first(values[2], values[7], values[9]),
                values[3],
                values[4],
                values[5]);
    }

    private static long first(long ollama, long openai, long anthropic) {
        return ollama >= 0 ? ollama : openai >= 0 ? openai : anthropic;
    }
}

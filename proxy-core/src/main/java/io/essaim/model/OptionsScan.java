package io.essaim.model;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the size of the context and the longest answer in the value of {@code options}. Ollama reads options by their exact names, takes the last of
 * several and cuts fractions (api/types.go, Options.FromMap).
 */
final class OptionsScan {
    private static final String NUM_CTX = "\"num_ctx\"";
    private static final int LONGEST_NUMBER = 32;
    private static final String NUM_PREDICT = "\"num_predict\"";

    private OptionsScan() {}

    /**
     * Reads a value that is known to be good JSON.
     *
     * @param from index of its first byte
     * @param base index of the body's first byte
     */
    static RequestFields.Options scan(byte[] body, int from, int to, int base) throws InvalidBody {
        ByteSpan at = new ByteSpan(from - base, to - base);
        if (body[from] != '{') {
            return new RequestFields.Options(at, false, true, null, null, -1);
        }
        GoJsonScanner walk = new GoJsonScanner(body, from, to);
        walk.pos++;
        Integer numCtx = null;
        ByteSpan numCtxAt = null;
        long numPredict = -1;
        boolean empty = walk.peek() == '}';
        while (!empty && walk.peek() >= 0) {
            int key = walk.pos;
            walk.skipString();
            int keyTo = walk.pos;
            walk.expect(':', "after object key");
            walk.peek();
            int value = walk.pos;
            walk.skipValue();
            if (is(NUM_PREDICT, body, key, keyTo)) {
                numPredict = PromptScan.tokens(body, value, walk.pos);
            } else if (is(NUM_CTX, body, key, keyTo)) {
                numCtxAt = new ByteSpan(value - base, walk.pos - base);
                numCtx = number(body, value, walk.pos);
            }
            if (walk.peek() != ',') {
                break;
            }
            walk.pos++;
            walk.peek();
        }
        return new RequestFields.Options(at, true, empty, numCtx, numCtxAt, numPredict);
    }

    private static boolean is(String word, byte[] body, int from, int to) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (body[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Integer number(byte[] body, int from, int to) {
        if (to - from > LONGEST_NUMBER) {
            return body[from] == '"' || body[from] == '{' || body[from] == '[' ? null : (Integer) Integer.MAX_VALUE;
        }
        try {
            // As Ollama reads it. A cast is as large as it can be where the number is larger, and never small again.
            return (int) Double.parseDouble(new String(body, from, to - from, StandardCharsets.ISO_8859_1));
        } catch (NumberFormatException e) {
            return null; // Not a number: Ollama will say so.
        }
    }
}

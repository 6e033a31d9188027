package io.essaim.model;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the size of the context in the value of {@code options}. Ollama reads options by their exact names, takes the last of
 * several and cuts fractions (api/types.go, Options.FromMap).
 */
final class OptionsScan {
    private static final String NUM_CTX = "\"num_ctx\"";

    private OptionsScan() {}

    /**
     * Reads a value that is known to be good JSON.
     *
     * @param from index of its first byte
     * @param base index of the body's first byte
     */
    static RequestFields.Options scan(byte[] body, int from, int to, int base) throws RefusedBody {
        Span at = new Span(from - base, to - base);
        if (body[from] != '{') {
            return new RequestFields.Options(at, false, true, null, null);
        }
        JsonWalk walk = new JsonWalk(body, from, to);
        walk.pos++;
        Integer numCtx = null;
        Span numCtxAt = null;
        boolean empty = walk.peek() == '}';
        while (!empty && walk.peek() >= 0) {
            int key = walk.pos;
            walk.skipString();
            boolean wanted = is(body, key, walk.pos);
            walk.expect(':', "after object key");
            walk.peek();
            int value = walk.pos;
            walk.skipValue();
            if (wanted) {
                numCtxAt = new Span(value - base, walk.pos - base);
                numCtx = number(body, value, walk.pos);
            }
            if (walk.peek() != ',') {
                break;
            }
            walk.pos++;
            walk.peek();
        }
        return new RequestFields.Options(at, true, empty, numCtx, numCtxAt);
    }

    private static boolean is(byte[] body, int from, int to) {
        if (to - from != NUM_CTX.length()) {
            return false;
        }
        for (int i = 0; i < NUM_CTX.length(); i++) {
            if (body[from + i] != NUM_CTX.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Integer number(byte[] body, int from, int to) {
        try {
            String text = new String(body, from, Math.min(to - from, 32), StandardCharsets.ISO_8859_1);
            return new BigDecimal(text).intValue();
        } catch (NumberFormatException e) {
            return null; // Not a number: Ollama will say so.
        }
    }
}

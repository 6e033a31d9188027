package io.essaim.stream;

import io.essaim.model.BodyScan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts the client's own name for a model back into the answer of a backend that was asked under another one, because
 * clients compare. It reads the JSON of whole answers, NDJSON and SSE alike, wherever it is cut, and replaces the
 * value of {@code model} at the top of an object, or within {@code message} (Anthropic's first event) or {@code
 * response} (OpenAI's responses). Anything deeper is content. A value that differs from the name that was sent stays.
 *
 * <p>One per answer, one event loop.
 */
public final class ModelNameRewriter implements PayloadFilter {
    private static final Set<String> WRAPPERS = Set.of("message", "response");
    private static final int LONGEST_KEY = 16;

    private final byte[] sent;
    private final byte[] asked;
    private final ByteArrayOutputStream value = new ByteArrayOutputStream();
    private final StringBuilder key = new StringBuilder();
    private String outerKey = "";
    private int depth;
    private boolean object;
    private boolean inString;
    private boolean escaped;
    private boolean atKey;
    private boolean held;

    /**
     * @param sent the name the backend was asked under
     * @param asked the client's own
     */
    public ModelNameRewriter(String sent, String asked) {
        this.sent = BodyScan.nameValue(sent);
        this.asked = BodyScan.nameValue(asked);
    }

    /**
     * The payload with the client's name in it, as pieces. A value that is not complete comes with a later call.
     *
     * @param in not changed, not released; the pieces hold references of their own
     */
    @Override
    public List<ByteBuf> pass(ByteBuf in, int index, int length) {
        List<ByteBuf> pieces = new ArrayList<>(3);
        int from = index;
        int end = index + length;
        for (int i = index; i < end; i++) {
            byte b = in.getByte(i);
            if (held) {
                from = i + 1;
                byte[] whole = hold(b);
                if (whole != null) {
                    pieces.add(Unpooled.wrappedBuffer(whole));
                }
            } else if (inString) {
                inString(b);
            } else if (b == '"' && depth > 0) {
                atKey = object && key.isEmpty();
                inString = true;
                if (!atKey && isModel()) {
                    slice(in, from, i, pieces);
                    from = i + 1;
                    held = true;
                    value.write(b);
                }
            } else {
                outside(b);
            }
        }
        slice(in, from, end, pieces);
        return pieces;
    }

    private static void slice(ByteBuf in, int from, int to, List<ByteBuf> pieces) {
        if (to > from) {
            pieces.add(in.retainedSlice(from, to - from));
        }
    }

    /** Takes a byte of a held value; the bytes to send once it is whole, or longer than any name. */
    private byte @Nullable [] hold(byte b) {
        value.write(b);
        boolean ends = !escaped && b == '"';
        escaped = !escaped && b == '\\';
        if (!ends && value.size() <= sent.length) {
            return null;
        }
        held = false;
        inString = !ends;
        byte[] whole = value.toByteArray();
        value.reset();
        return Arrays.equals(whole, sent) ? asked : whole;
    }

    private void inString(byte b) {
        if (!escaped && b == '"') {
            inString = false;
            if (atKey && key.isEmpty()) {
                key.append(' '); // An empty key is a key too.
            }
        } else if (atKey && key.length() < LONGEST_KEY) {
            key.append((char) (b & 0xff));
        }
        escaped = !escaped && b == '\\';
    }

    private void outside(byte b) {
        switch (b) {
            case '{', '[' -> {
                depth++;
                if (depth == 2) {
                    outerKey = key.toString();
                }
                object = b == '{';
                key.setLength(0);
            }
            case '}', ']' -> {
                depth = Math.max(0, depth - 1);
                // What the enclosing one is, is only of interest where a model may stand; there it is an object.
                object = depth == 1 || depth == 2 && WRAPPERS.contains(outerKey);
                key.setLength(0);
                key.append(' '); // Until the comma no key can come.
            }
            case ',' -> key.setLength(0);
            default -> {}
        }
    }

    private boolean isModel() {
        return object && "model".contentEquals(key) && (depth == 1 || depth == 2 && WRAPPERS.contains(outerKey));
    }

    @Override
    public String toString() {
        return new String(sent, StandardCharsets.UTF_8) + " -> " + new String(asked, StandardCharsets.UTF_8);
    }
}

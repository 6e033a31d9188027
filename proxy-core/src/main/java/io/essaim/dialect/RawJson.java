package io.essaim.dialect;

import java.nio.charset.StandardCharsets;

/**
 * A JSON value as it was written: arguments of a call, a schema. Immutable, as long as nobody writes into the array. Equal to what
 * is written the same.
 */
public final class RawJson {
    /** An object without members. */
    static final RawJson NOTHING = of("{}");

    private final byte[] in;
    private final int from;
    private final int to;

    RawJson(byte[] in, int from, int to) {
        this.in = in;
        this.from = from;
        this.to = to;
    }

    /** @param json one JSON value */
    public static RawJson of(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new RawJson(bytes, 0, bytes.length);
    }

    /** A copy without the white space between tokens. */
    RawJson compact() {
        byte[] copy = new byte[to - from];
        int length = 0;
        boolean quoted = false;
        for (int i = from; i < to; i++) {
            byte b = in[i];
            if (quoted && b == '\\') {
                copy[length++] = b;
                b = in[++i];
            } else if (b == '"') {
                quoted = !quoted;
            }
            if (quoted || b > ' ' || b < 0) {
                copy[length++] = b;
            }
        }
        return new RawJson(copy, 0, length);
    }

    /** Whether it is one whole JSON object. */
    boolean isObject() {
        return JsonCheck.isObject(in, from, to);
    }

    boolean isEmptyObject() {
        return to - from == 2 && in[from] == '{';
    }

    void write(JsonWriter out) {
        out.copy(in, from, to);
    }

    /** Writes it as what stands between the quotes of a string. */
    void writeEscaped(JsonWriter out) {
        out.escape(in, from, to);
    }

    @Override
    public String toString() {
        return new String(in, from, to - from, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawJson json && java.util.Arrays.equals(in, from, to, json.in, json.from, json.to);
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }
}

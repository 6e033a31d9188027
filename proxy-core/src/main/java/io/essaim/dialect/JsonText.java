package io.essaim.dialect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text as it stands between the quotes of a JSON string: a piece of a client's body, which is not copied, or an array of its own.
 * All dialects are JSON, so what a client wrote is written to a backend as it is, escapes included. Immutable, as long as nobody
 * writes into the body. Equal to what reads the same.
 */
public final class JsonText {
    static final JsonText EMPTY = new JsonText(new byte[0], 0, 0);

    private final byte[] in;
    private final int from;
    private final int to;

    /** @param from behind the opening quote */
    JsonText(byte[] in, int from, int to) {
        this.in = in;
        this.from = from;
        this.to = to;
    }

    /** @param plain without anything to escape */
    JsonText(byte[] plain) {
        this(plain, 0, plain.length);
    }

    static JsonText of(String text) {
        JsonWriter out = JsonWriter.growing();
        out.escape(text.getBytes(StandardCharsets.UTF_8));
        return new JsonText(out.array(), 0, out.length());
    }

    /** All of them, one after the other, with a line break between two. */
    static JsonText lines(List<JsonText> pieces) {
        return joined(pieces, "\\n");
    }

    /** @param between what stands between two, escaped */
    static JsonText joined(List<JsonText> pieces, String between) {
        if (pieces.size() == 1) {
            return pieces.get(0);
        }
        int length = between.length() * Math.max(0, pieces.size() - 1);
        for (JsonText piece : pieces) {
            length += piece.length();
        }
        JsonWriter all = JsonWriter.ofLength(length);
        for (int i = 0; i < pieces.size(); i++) {
            all.piece(i == 0 ? "" : between);
            pieces.get(i).write(all);
        }
        return new JsonText(all.array(), 0, length);
    }

    boolean isEmpty() {
        return from == to;
    }

    /** Bytes, as it is written in JSON. */
    public int length() {
        return to - from;
    }

    byte at(int place) {
        return in[from + place];
    }

    /** Everything behind the first {@code count} bytes, none of which is part of an escape. */
    JsonText from(int count) {
        return new JsonText(in, from + count, to);
    }

    /** The first {@code count} bytes, which end no escape in the middle. */
    JsonText upTo(int count) {
        return new JsonText(in, from, from + count);
    }

    void write(JsonWriter out) {
        out.copy(in, from, to);
    }

    /** What it says, in UTF-8. */
    byte[] utf8() {
        byte[] plain = new byte[to - from];
        int length = 0;
        int at = from;
        while (at < to) {
            byte b = in[at++];
            if (b != '\\') {
                plain[length++] = b;
                continue;
            }
            char kind = (char) in[at++];
            if (kind != 'u') {
                int known = "bfnrt".indexOf(kind);
                plain[length++] = (byte) (known < 0 ? kind : "\b\f\n\r\t".charAt(known));
                continue;
            }
            char first = hex(at);
            at += 4;
            String said = String.valueOf(first);
            if (Character.isHighSurrogate(first) && at + 6 <= to && in[at] == '\\' && in[at + 1] == 'u') {
                char second = hex(at + 2);
                if (Character.isLowSurrogate(second)) {
                    said += second;
                    at += 6;
                }
            }
            // Half of a pair becomes one question mark. An escape is never shorter than what it stands for.
            byte[] bytes = said.getBytes(StandardCharsets.UTF_8);
            System.arraycopy(bytes, 0, plain, length, bytes.length);
            length += bytes.length;
        }
        return length == plain.length ? plain : Arrays.copyOf(plain, length);
    }

    /** The JSON object that it is the text of, if it is one. */
    @Nullable
    RawJson object() {
        if (isEmpty() || in[from] != '{' && in[from] != '\\' && !JsonCursor.isSpace(in[from])) {
            return null;
        }
        byte[] plain = utf8();
        RawJson json = new RawJson(plain, 0, plain.length);
        return json.isObject() ? json : null;
    }

    private char hex(int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            value = value << 4 | Character.digit(in[i], 16);
        }
        return (char) value;
    }

    /** Whether something is escaped. */
    boolean escapes() {
        for (int i = from; i < to; i++) {
            if (in[i] == '\\') {
                return true;
            }
        }
        return false;
    }

    /** What it says. */
    @Override
    public String toString() {
        return escapes()
                ? new String(utf8(), StandardCharsets.UTF_8)
                : new String(in, from, to - from, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonText text && toString().equals(text.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }
}

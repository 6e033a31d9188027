package io.essaim.dialect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes JSON into an array of exactly its length. A document is written twice: first its bytes are only counted, so that a large
 * one is never held in two arrays while one grows. Not for several threads.
 */
final class JsonWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] array;
    private final boolean counts;
    private final boolean grows;
    private int length;
    private boolean comma;

    /** Writes a document, the same each time. */
    interface Document {
        void write(JsonWriter out) throws Untranslatable;
    }

    private JsonWriter(byte[] array, boolean counts, boolean grows) {
        this.array = array;
        this.counts = counts;
        this.grows = grows;
    }

    /** For a small piece of unknown length. */
    static JsonWriter growing() {
        return new JsonWriter(new byte[64], false, true);
    }

    static JsonWriter ofLength(int length) {
        return new JsonWriter(new byte[length], false, false);
    }

    /** The document, in an array of its length. */
    static byte[] bytes(Document document) throws Untranslatable {
        JsonWriter count = new JsonWriter(new byte[0], true, false);
        document.write(count);
        JsonWriter out = new JsonWriter(new byte[count.length], false, false);
        document.write(out);
        return out.array;
    }

    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    JsonWriter object() {
        return open('{');
    }

    JsonWriter endObject() {
        return close('}');
    }

    JsonWriter list() {
        return open('[');
    }

    JsonWriter endList() {
        return close(']');
    }

    private JsonWriter open(char bracket) {
        separate();
        one(bracket);
        comma = false;
        return this;
    }

    private JsonWriter close(char bracket) {
        one(bracket);
        comma = true;
        return this;
    }

    /** @param name without anything to escape */
    JsonWriter key(String name) {
        separate();
        one('"');
        ascii(name);
        one('"');
        one(':');
        comma = false;
        return this;
    }

    /** A member whose value is a string. */
    JsonWriter put(String name, String value) {
        return key(name).string(value);
    }

    JsonWriter put(String name, JsonText value) {
        key(name).quote();
        value.write(this);
        return unquote();
    }

    JsonWriter put(String name, boolean value) {
        return key(name).literal(Boolean.toString(value));
    }

    JsonWriter put(String name, long value) {
        return key(name).literal(Long.toString(value));
    }

    JsonWriter put(String name, double value) {
        return key(name).literal(Double.toString(value));
    }

    JsonWriter put(String name, RawJson value) {
        key(name);
        value.write(this);
        comma = true;
        return this;
    }

    JsonWriter string(String value) {
        quote();
        escape(value.getBytes(StandardCharsets.UTF_8));
        return unquote();
    }

    JsonWriter string(JsonText value) {
        quote();
        value.write(this);
        return unquote();
    }

    /** @param value a number, true, false or null */
    JsonWriter literal(String value) {
        separate();
        ascii(value);
        comma = true;
        return this;
    }

    /** Begins a string that is written in pieces. */
    JsonWriter quote() {
        separate();
        one('"');
        return this;
    }

    JsonWriter unquote() {
        one('"');
        comma = true;
        return this;
    }

    /** A piece of a string that needs no escape, or is escaped already. */
    JsonWriter piece(String escaped) {
        ascii(escaped);
        return this;
    }

    private void separate() {
        if (comma) {
            one(',');
        }
    }

    void copy(byte[] in, int from, int to) {
        room(to - from);
        if (!counts) {
            System.arraycopy(in, from, array, length, to - from);
        }
        length += to - from;
    }

    void escape(byte[] utf8) {
        escape(utf8, 0, utf8.length);
    }

    /** Writes plain UTF-8 as what stands between the quotes of a string. */
    void escape(byte[] in, int from, int to) {
        int plain = from;
        for (int i = from; i < to; i++) {
            byte b = in[i];
            if (b >= 0 && b < ' ' || b == '"' || b == '\\') {
                copy(in, plain, i);
                plain = i + 1;
                one('\\');
                int letter = "\"\\\b\f\n\r\t".indexOf(b);
                if (letter >= 0) {
                    one("\"\\bfnrt".charAt(letter));
                } else {
                    ascii("u00");
                    one(HEX[b >> 4]);
                    one(HEX[b & 15]);
                }
            }
        }
        copy(in, plain, to);
    }

    @SuppressWarnings("deprecation") // getBytes(int, int, byte[], int) copies Latin-1 without an array in between
    private void ascii(String text) {
        int n = text.length();
        room(n);
        if (!counts) {
            text.getBytes(0, n, array, length);
        }
        length += n;
    }

    private void one(int b) {
        room(1);
        if (!counts) {
            array[length] = (byte) b;
        }
        length++;
    }

    private void room(int more) {
        int needed = Math.addExact(length, more);
        if (grows && needed > array.length) {
            array = Arrays.copyOf(array, Math.max(needed, array.length * 2));
        }
    }
}

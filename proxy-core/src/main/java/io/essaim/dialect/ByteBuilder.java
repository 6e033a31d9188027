package io.essaim.dialect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing row of bytes that is used again and again, and writes JSON the way Go does. Not for several threads. {@link
 * #clear} keeps the room, unless one long answer made it large.
 */
public final class ByteBuilder {
    private static final int KEPT = 1 << 16;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    /** For each ASCII character: 0 as it is, 1 as a \\u escape, else the letter behind the backslash. */
    private static final byte[] ESCAPES = escapes();

    private byte[] array = new byte[512];
    private int length;

    public byte[] array() {
        return array;
    }

    public int length() {
        return length;
    }

    public void clear() {
        length = 0;
        if (array.length > KEPT) {
            array = new byte[512];
        }
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(array, length);
    }

    /** A view of what was written; valid until the next write. */
    public ByteBuffer view() {
        return ByteBuffer.wrap(array, 0, length).asReadOnlyBuffer();
    }

    @Override
    public String toString() {
        return new String(array, 0, length, StandardCharsets.UTF_8);
    }

    ByteBuilder raw(byte[] bytes) {
        return raw(bytes, 0, bytes.length);
    }

    ByteBuilder raw(byte[] bytes, int offset, int count) {
        room(count);
        System.arraycopy(bytes, offset, array, length, count);
        length += count;
        return this;
    }

    ByteBuilder one(int b) {
        room(1);
        array[length++] = (byte) b;
        return this;
    }

    /** Text that needs no escape: names, punctuation, JSON that was written before. */
    @SuppressWarnings("deprecation") // getBytes(int, int, byte[], int) copies Latin-1 without an array in between
    ByteBuilder ascii(String text) {
        int n = text.length();
        room(n);
        text.getBytes(0, n, array, length);
        length += n;
        return this;
    }

    /** JSON that was written before and may hold any character. */
    ByteBuilder utf8(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    ByteBuilder number(long value) {
        if (value == Long.MIN_VALUE) {
            return ascii("-9223372036854775808");
        }
        room(20);
        long rest = value;
        if (rest < 0) {
            array[length++] = '-';
            rest = -rest;
        }
        return digits(rest, digitsOf(rest));
    }

    /** The lowest {@code count} digits, with zeros in front. */
    ByteBuilder digits(long value, int count) {
        room(count);
        long rest = value;
        for (int i = length + count - 1; i >= length; i--) {
            array[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += count;
        return this;
    }

    private static int digitsOf(long value) {
        int n = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            n++;
        }
        return n;
    }

    /** A JSON string with its quotes, escaped as {@link io.essaim.api.Json} does it. */
    ByteBuilder quote(String text) {
        int n = text.length();
        // Three bytes for each character suffice for everything but a \\u escape, which asks for more itself.
        room(n * 3 + 2);
        array[length++] = '"';
        for (int i = 0; i < n; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                ascii(c, n - i);
            } else if (Character.isSurrogate(c)) {
                if (i + 1 < n && Character.isSurrogatePair(c, text.charAt(i + 1))) {
                    wide(Character.toCodePoint(c, text.charAt(++i)));
                } else {
                    escape('\ufffd', n - i);
                }
            } else if (c == '\u2028' || c == '\u2029' || c == '\u0085') {
                escape(c, n - i);
            } else {
                wide(c);
            }
        }
        return one('"');
    }

    private void ascii(char c, int left) {
        byte escape = ESCAPES[c];
        if (escape == 0) {
            array[length++] = (byte) c;
        } else if (escape == 1) {
            escape(c, left);
        } else {
            array[length++] = '\\';
            array[length++] = escape;
        }
    }

    private void wide(int point) {
        if (point < 0x800) {
            array[length++] = (byte) (0xc0 | point >> 6);
        } else {
            if (point < 0x10000) {
                array[length++] = (byte) (0xe0 | point >> 12);
            } else {
                array[length++] = (byte) (0xf0 | point >> 18);
                array[length++] = (byte) (0x80 | point >> 12 & 0x3f);
            }
            array[length++] = (byte) (0x80 | point >> 6 & 0x3f);
        }
        array[length++] = (byte) (0x80 | point & 0x3f);
    }

    private void escape(char c, int left) {
        room(left * 3 + 6);
        array[length++] = '\\';
        array[length++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            array[length++] = HEX[c >> shift & 15];
        }
    }

    private void room(int more) {
        if (array.length - length < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, length + more));
        }
    }

    private static byte[] escapes() {
        byte[] table = new byte[128];
        Arrays.fill(table, 0, 0x20, (byte) 1);
        for (char c : new char[] {'<', '>', '&'}) {
            table[c] = 1;
        }
        String letters = "\"\"\\\\\nn\rr\tt\bb\ff";
        for (int i = 0; i < letters.length(); i += 2) {
            table[letters.charAt(i)] = (byte) letters.charAt(i + 1);
        }
        return table;
    }
}

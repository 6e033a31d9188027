package io.essaim.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks over JSON text without building anything, and is exactly as strict as Go's encoding/json, whose error texts it
 * speaks. One instance per walk, one thread.
 *
 * <p>Almost all bytes of a chat request are inside strings, so strings are skipped eight bytes at a time: a word needs a
 * closer look only if it holds a quote, a backslash or a control byte. The test is the usual one for "has a zero byte"
 * (Hacker's Delight 6-1): {@code (x - 0x01..) & ~x & 0x80..}.
 */
final class GoJsonScanner {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';

    /** Go refuses deeper nesting (encoding/json, maxNestingDepth). */
    private static final int MAX_DEPTH = 10_000;

    final byte[] a;
    final int end;
    int pos;

    GoJsonScanner(byte[] a, int from, int to) {
        this.a = a;
        this.pos = from;
        this.end = to;
    }

    /** The next byte that is not white space, not consumed; -1 at the end. */
    int peek() {
        while (pos < end) {
            byte b = a[pos];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b & 0xff;
            }
            pos++;
        }
        return -1;
    }

    void expect(char c, String context) throws InvalidBody {
        if (peek() != c) {
            throw bad(context);
        }
        pos++;
    }

    /** Consumes one value of any kind, however deep, without recursion. */
    void skipValue() throws InvalidBody {
        if (!opens(peek())) {
            skipScalar();
            return;
        }
        long[] objects = new long[4];
        int depth = 0;
        do {
            int c = peek();
            if (opens(c)) {
                pos++;
                if (++depth > MAX_DEPTH) {
                    throw new InvalidBody("invalid_json", "exceeded max depth");
                }
                objects = mark(objects, depth, c == '{');
                if (isObject(objects, depth)) {
                    if (peek() != '}') {
                        key();
                        continue;
                    }
                } else if (peek() != ']') {
                    continue;
                }
                pos++;
                depth--;
            } else {
                skipScalar();
            }
            depth = closeAll(objects, depth);
        } while (depth > 0);
    }

    /** After a value: consumes closing brackets, or one comma and the next key. Returns the depth that is left. */
    private int closeAll(long[] objects, int from) throws InvalidBody {
        int depth = from;
        while (depth > 0) {
            boolean object = isObject(objects, depth);
            int c = peek();
            if (c == ',') {
                pos++;
                if (object) {
                    key();
                }
                return depth;
            }
            if (c != (object ? '}' : ']')) {
                throw bad(object ? "after object key:value pair" : "after array element");
            }
            pos++;
            depth--;
        }
        return depth;
    }

    private void key() throws InvalidBody {
        if (peek() != '"') {
            throw bad("looking for beginning of object key string");
        }
        skipString();
        expect(':', "after object key");
    }

    private static boolean opens(int c) {
        return c == '{' || c == '[';
    }

    private static boolean isObject(long[] bits, int depth) {
        return (bits[depth >> 6] >>> depth & 1) != 0;
    }

    private static long[] mark(long[] bits, int depth, boolean object) {
        long[] result = depth >> 6 < bits.length ? bits : java.util.Arrays.copyOf(bits, bits.length * 2);
        long bit = 1L << depth;
        result[depth >> 6] = object ? result[depth >> 6] | bit : result[depth >> 6] & ~bit;
        return result;
    }

    private void skipScalar() throws InvalidBody {
        int c = peek();
        switch (c) {
            case '"' -> skipString();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> {
                if (c == '-' || c >= '0' && c <= '9') {
                    number();
                } else {
                    throw bad("looking for beginning of value");
                }
            }
        }
    }

    private void literal(String word) throws InvalidBody {
        for (int i = 0; i < word.length(); i++, pos++) {
            if (pos >= end || a[pos] != word.charAt(i)) {
                throw bad("in literal " + word + " (expecting '" + word.charAt(i) + "')");
            }
        }
    }

    private void number() throws InvalidBody {
        if (a[pos] == '-') {
            pos++;
        }
        if (pos < end && a[pos] == '0') {
            pos++;
        } else {
            digits("in numeric literal");
        }
        if (pos < end && a[pos] == '.') {
            pos++;
            digits("after decimal point in numeric literal");
        }
        if (pos < end && (a[pos] | 0x20) == 'e') {
            pos++;
            if (pos < end && (a[pos] == '+' || a[pos] == '-')) {
                pos++;
            }
            digits("in exponent of numeric literal");
        }
    }

    private void digits(String context) throws InvalidBody {
        if (pos >= end || a[pos] < '0' || a[pos] > '9') {
            throw bad(context);
        }
        while (pos < end && a[pos] >= '0' && a[pos] <= '9') {
            pos++;
        }
    }

    /** Consumes a string from its opening quote to behind its closing one. */
    void skipString() throws InvalidBody {
        int p = pos + 1;
        while (true) {
            while (p + 8 <= end) {
                long x = (long) LONG.get(a, p);
                long q = x ^ QUOTES;
                long s = x ^ BACKSLASHES;
                long hit = ((q - ONES) & ~q | (s - ONES) & ~s | (x - ONES * 0x20) & ~x) & HIGHS;
                if (hit != 0) {
                    p += Long.numberOfTrailingZeros(hit) >>> 3;
                    break;
                }
                p += 8;
            }
            pos = p;
            if (p >= end) {
                throw bad("in string literal");
            }
            byte b = a[p];
            if (b == '"') {
                pos = p + 1;
                return;
            }
            if (b == '\\') {
                skipEscape();
                p = pos;
            } else if (b >= 0 && b < 0x20) {
                throw bad("in string literal");
            } else {
                p++;
            }
        }
    }

    private void skipEscape() throws InvalidBody {
        pos++;
        int c = pos < end ? a[pos] : -1;
        if (c == 'u') {
            for (int i = 0; i < 4; i++) {
                pos++;
                if (pos >= end || Character.digit((char) (a[pos] & 0xff), 16) < 0) {
                    throw bad("in \\u hexadecimal character escape");
                }
            }
        } else if (c < 0 || "\"\\/bfnrt".indexOf(c) < 0) {
            throw bad("in string escape code");
        }
        pos++;
    }

    /**
     * The value of the string between {@code from} (opening quote) and {@code to} (behind the closing one), which was
     * already walked over. Bad UTF-8 and lone surrogates become U+FFFD, as in Go.
     */
    String decode(int from, int to) {
        boolean plain = true;
        for (int i = from + 1; i < to - 1 && plain; i++) {
            plain = a[i] != '\\';
        }
        String raw = new String(a, from + 1, to - from - 2, StandardCharsets.UTF_8);
        return plain ? raw : JsonEscapes.resolve(raw);
    }

    /** Go's wording of what is wrong at {@code pos}. */
    InvalidBody bad(String context) {
        if (pos >= end) {
            return new InvalidBody("invalid_json", "unexpected EOF");
        }
        int c = a[pos] & 0xff;
        String shown = switch (c) {
            case '\'' -> "'\\''";
            case '"' -> "'\"'";
            case '\n' -> "'\\n'";
            case '\r' -> "'\\r'";
            case '\t' -> "'\\t'";
            default -> c < 0x20 || c == 0x7f ? String.format("'\\x%02x'", c) : "'" + (char) c + "'";
        };
        return new InvalidBody("invalid_json", "invalid character " + shown + " " + context);
    }
}

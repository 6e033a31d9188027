package io.essaim.simulator.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the first JSON value of a body as Go's {@code json.Decoder} does: what follows the value is not looked at, bad UTF-8 becomes
 * U+FFFD, and refusals carry Go's text. Strings become {@link String}, objects {@link JsonObject}, arrays {@link List}, numbers
 * {@link JsonNumber}.
 */
public final class GoJsonParser {
    /** Go's decoder refuses deeper nesting; here it also bounds the recursion. */
    private static final int MAX_DEPTH = 1_000;

    private final byte[] input;
    private int at;
    private int depth;

    private GoJsonParser(byte[] input) {
        this.input = input;
    }

    /**
     * Parses the first value.
     *
     * @throws GoJsonException with the text {@code EOF} for a blank body, else with Go's text of the syntax error
     */
    public static @Nullable Object parse(byte[] body) throws GoJsonException {
        GoJsonParser parser = new GoJsonParser(body);
        parser.skipSpace();
        if (parser.at == body.length) {
            throw new GoJsonException("EOF");
        }
        return parser.value();
    }

    private @Nullable Object value() throws GoJsonException {
        skipSpace();
        int c = need();
        switch (c) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return literal("true", true);
            case 'f':
                return literal("false", false);
            case 'n':
                return literal("null", null);
            default:
                if (c == '-' || (c >= '0' && c <= '9')) {
                    return number();
                }
                throw invalid("looking for beginning of value");
        }
    }

    private JsonObject object() throws GoJsonException {
        enter();
        JsonObject object = new JsonObject();
        at++;
        skipSpace();
        if (need() == '}') {
            return leave(object);
        }
        while (true) {
            skipSpace();
            if (need() != '"') {
                throw invalid("looking for beginning of object key string");
            }
            String key = string();
            skipSpace();
            if (need() != ':') {
                throw invalid("after object key");
            }
            at++;
            object.add(key, value());
            skipSpace();
            int c = need();
            if (c == '}') {
                return leave(object);
            }
            if (c != ',') {
                throw invalid("after object key:value pair");
            }
            at++;
        }
    }

    private List<@Nullable Object> array() throws GoJsonException {
        enter();
        List<@Nullable Object> list = new ArrayList<>();
        at++;
        skipSpace();
        if (need() == ']') {
            return leave(list);
        }
        while (true) {
            list.add(value());
            skipSpace();
            int c = need();
            if (c == ']') {
                return leave(list);
            }
            if (c != ',') {
                throw invalid("after array element");
            }
            at++;
        }
    }

    private void enter() throws GoJsonException {
        if (++depth > MAX_DEPTH) {
            throw new GoJsonException("exceeded max depth");
        }
    }

    private <T> T leave(T value) {
        depth--;
        at++;
        return value;
    }

    private String string() throws GoJsonException {
        int start = ++at;
        while (true) {
            int c = need();
            if (c == '"') {
                String plain = new String(input, start, at - start, StandardCharsets.UTF_8);
                at++;
                return plain;
            }
            if (c == '\\') {
                return escapedString(start);
            }
            if (c < 0x20) {
                throw invalid("in string literal");
            }
            at++;
        }
    }

    private String escapedString(int start) throws GoJsonException {
        StringBuilder text = new StringBuilder();
        int plain = start;
        while (true) {
            int c = need();
            if (c != '"' && c != '\\') {
                if (c < 0x20) {
                    throw invalid("in string literal");
                }
                at++;
                continue;
            }
            text.append(new String(input, plain, at - plain, StandardCharsets.UTF_8));
            at++;
            if (c == '"') {
                return replaceLoneSurrogates(text);
            }
            text.append(escape());
            plain = at;
        }
    }

    private char escape() throws GoJsonException {
        int c = need();
        char plain = switch (c) {
            case '"', '\\', '/' -> (char) c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> 'u';
            default -> throw invalid("in string escape code");
        };
        at++;
        return c == 'u' ? hex() : plain;
    }

    private char hex() throws GoJsonException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(need(), 16);
            if (digit < 0) {
                throw invalid("in \\u hexadecimal character escape");
            }
            value = value * 16 + digit;
            at++;
        }
        return (char) value;
    }

    private static String replaceLoneSurrogates(StringBuilder text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                text.setCharAt(i, '\uFFFD');
            }
        }
        return text.toString();
    }

    private JsonNumber number() throws GoJsonException {
        int start = at;
        if (input[at] == '-') {
            at++;
            if (!digit(need())) {
                throw invalid("in numeric literal");
            }
        }
        if (input[at] == '0') {
            at++;
        } else {
            digits();
        }
        if (at < input.length && input[at] == '.') {
            at++;
            if (!digit(need())) {
                throw invalid("after decimal point in numeric literal");
            }
            digits();
        }
        if (at < input.length && (input[at] == 'e' || input[at] == 'E')) {
            at++;
            if (need() == '+' || need() == '-') {
                at++;
            }
            if (!digit(need())) {
                throw invalid("in exponent of numeric literal");
            }
            digits();
        }
        return new JsonNumber(new String(input, start, at - start, StandardCharsets.US_ASCII));
    }

    private void digits() {
        while (at < input.length && digit(input[at])) {
            at++;
        }
    }

    private static boolean digit(int c) {
        return c >= '0' && c <= '9';
    }

    private @Nullable Object literal(String word, @Nullable Object meaning) throws GoJsonException {
        for (int i = 0; i < word.length(); i++, at++) {
            if (need() != word.charAt(i)) {
                throw invalid("in literal " + word + " (expecting '" + word.charAt(i) + "')");
            }
        }
        return meaning;
    }

    private void skipSpace() {
        while (at < input.length && (input[at] == ' ' || input[at] == '\n' || input[at] == '\t' || input[at] == '\r')) {
            at++;
        }
    }

    private int need() throws GoJsonException {
        if (at >= input.length) {
            throw new GoJsonException("unexpected EOF");
        }
        return input[at] & 0xFF;
    }

    private GoJsonException invalid(String where) {
        return new GoJsonException("invalid character " + quote(input[at] & 0xFF) + " " + where);
    }

    /** Go quotes the single byte as if it were a code point, so the first byte of a BOM reads 'ï'. */
    private static String quote(int c) {
        return switch (c) {
            case '\'' -> "'\\''";
            case '"' -> "'\"'";
            case '\\' -> "'\\\\'";
            case '\n' -> "'\\n'";
            case '\r' -> "'\\r'";
            case '\t' -> "'\\t'";
            case 0x07 -> "'\\a'";
            case '\b' -> "'\\b'";
            case '\f' -> "'\\f'";
            case 0x0B -> "'\\v'";
            default ->
                (c < 0x20 || c == 0x7F) || (c >= 0x80 && c <= 0xA0) || c == 0xAD
                        ? String.format(c < 0x80 ? "'\\x%02x'" : "'\\u%04x'", c)
                        : "'" + (char) c + "'";
        };
    }
}

package io.essaim.simulator.json;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON as Go's encoder does: compact, with {@code <}, {@code >}, {@code &}, U+2028 and U+2029 escaped and everything else
 * beyond control characters left alone (U+0085 too).
 */
public final class GoJson {
    private static final String HEX = "0123456789abcdef";

    private GoJson() {}

    /** An ordered object of alternating keys and values; a value may be null. */
    public static Map<String, @Nullable Object> object(@Nullable Object... keysAndValues) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return map;
    }

    /** The value as JSON; maps, iterables, int and float arrays, strings, numbers, booleans, null and parsed values are known. */
    public static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder(256);
        append(out, value);
        return out.toString();
    }

    /** The same with the keys of every object sorted, as Go writes a map. */
    public static String writeSorted(@Nullable Object value) {
        return write(sorted(value));
    }

    /** Appends the value as JSON. */
    public static void append(StringBuilder out, @Nullable Object value) {
        if (value == null) {
            out.append("null");
        } else if (value instanceof String text) {
            appendString(out, text);
        } else if (value instanceof JsonNumber number) {
            out.append(number.literal());
        } else if (value instanceof Float || value instanceof Double) {
            appendFraction(out, (Number) value);
        } else if (value instanceof Map<?, ?> map) {
            appendMap(out, map);
        } else if (value instanceof JsonObject object) {
            appendMap(out, object.toMap());
        } else if (value instanceof Iterable<?> items) {
            appendItems(out, items);
        } else if (value instanceof int[] ids) {
            appendItems(out, Arrays.stream(ids).boxed().toList());
        } else if (value instanceof float[] vector) {
            appendVector(out, vector);
        } else {
            out.append(value);
        }
    }

    /** Appends the text as a JSON string with its quotes. */
    public static void appendString(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
                        appendUnicode(out, c);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static void appendUnicode(StringBuilder out, char c) {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(HEX.charAt((c >> shift) & 0xF));
        }
    }

    private static void appendFraction(StringBuilder out, Number value) {
        String plain = new BigDecimal(value.toString()).stripTrailingZeros().toPlainString();
        out.append(plain);
    }

    private static void appendVector(StringBuilder out, float[] vector) {
        out.append('[');
        for (int i = 0; i < vector.length; i++) {
            if (i > 0) {
                out.append(',');
            }
            appendFraction(out, vector[i]);
        }
        out.append(']');
    }

    private static void appendMap(StringBuilder out, Map<?, ?> map) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(comma);
            appendString(out, String.valueOf(entry.getKey()));
            out.append(':');
            append(out, entry.getValue());
            comma = ",";
        }
        out.append('}');
    }

    private static void appendItems(StringBuilder out, Iterable<?> items) {
        out.append('[');
        Iterator<?> each = items.iterator();
        while (each.hasNext()) {
            append(out, each.next());
            if (each.hasNext()) {
                out.append(',');
            }
        }
        out.append(']');
    }

    /** The value with the keys of every object in alphabetical order. */
    public static @Nullable Object sorted(@Nullable Object value) {
        Object plain = value instanceof JsonObject object ? object.toMap() : value;
        if (plain instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> ordered = new TreeMap<>();
            map.forEach((key, item) -> ordered.put(String.valueOf(key), sorted(item)));
            return ordered;
        }
        if (plain instanceof Iterable<?> items) {
            java.util.List<@Nullable Object> list = new java.util.ArrayList<>();
            items.forEach(item -> list.add(sorted(item)));
            return list;
        }
        return plain;
    }
}

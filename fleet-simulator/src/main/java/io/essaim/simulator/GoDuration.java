package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.JsonNumber;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code keep_alive} as 0.15.2 reads it: a number is seconds, a string a Go duration, anything negative means for ever. */
final class GoDuration {
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)([a-zµμ]*)");
    private static final Map<String, Double> UNITS =
            Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "μs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

    private GoDuration() {}

    /** Why this JSON value is no keep-alive, in Ollama's words, or null. */
    static @Nullable String refusal(Object value) {
        if (value instanceof JsonNumber) {
            return null;
        }
        return value instanceof String text ? textRefusal(text) : "Unsupported type: '" + kind(value) + "'";
    }

    /** Nanoseconds, {@link Runner#FOREVER}, or null if absent. */
    static @Nullable Long keepAlive(@Nullable Object value) {
        if (value instanceof JsonNumber seconds) {
            double nanos = seconds.asDouble() * 1e9;
            return nanos < 0 || nanos >= Long.MAX_VALUE ? Runner.FOREVER : Long.valueOf((long) nanos);
        }
        if (!(value instanceof String text)) {
            return null;
        }
        if (text.startsWith("-")) {
            return Runner.FOREVER;
        }
        double nanos = 0;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            nanos += Double.parseDouble(part.group(1)) * UNITS.getOrDefault(part.group(2), 0.0);
        }
        return nanos >= Long.MAX_VALUE ? Runner.FOREVER : Long.valueOf((long) nanos);
    }

    private static @Nullable String textRefusal(String text) {
        String quoted = GoJson.write(text);
        String rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return null;
        }
        if (rest.isEmpty()) {
            return "time: invalid duration " + quoted;
        }
        Matcher part = PART.matcher(rest);
        int at = 0;
        while (at < rest.length()) {
            if (!part.find(at) || part.start() != at) {
                return "time: invalid duration " + quoted;
            }
            if (part.group(2).isEmpty()) {
                return "time: missing unit in duration " + quoted;
            }
            if (!UNITS.containsKey(part.group(2))) {
                return "time: unknown unit " + GoJson.write(part.group(2)) + " in duration " + quoted;
            }
            at = part.end();
        }
        return null;
    }

    private static String kind(Object value) {
        return value instanceof Boolean
                ? "bool"
                : value instanceof java.util.List ? "[]interface {}" : "map[string]interface {}";
    }
}

package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a value that fits a JSON schema, as a grammar would force a model to: const, enum, type, properties and items are honoured. */
final class SchemaText {
    private static final int DEEPEST = 8;

    private SchemaText() {}

    /** A value for {@code format}: {@code "json"} gives a small object, a schema what it asks for. */
    static String text(Object format, long seed) {
        Object value = format instanceof JsonObject schema ? value(schema, seed, 0) : free(seed);
        StringBuilder out = new StringBuilder();
        pretty(out, value, 0);
        return out.toString();
    }

    /** What a model makes of {@code "format":"json"}. */
    private static Object free(long seed) {
        Map<String, @Nullable Object> made = new LinkedHashMap<>();
        for (String key : List.of("answer", "reason", "source", "note")) {
            made.put(key, Babble.word(Babble.mix(seed + made.size())));
        }
        return made;
    }

    /** A value for this schema; unknown schemas get a word. */
    static @Nullable Object value(@Nullable Object schema, long seed, int depth) {
        if (!(schema instanceof JsonObject rules) || depth > DEEPEST) {
            return Babble.word(seed);
        }
        Object fixed = rules.exact("const");
        if (fixed != null) {
            return fixed;
        }
        if (rules.exact("enum") instanceof List<?> choices && !choices.isEmpty()) {
            return choices.get((int) Long.remainderUnsigned(seed, choices.size()));
        }
        String type = rules.exact("type") instanceof String name
                ? name
                : rules.exact("properties") != null ? "object" : "string";
        return switch (type) {
            case "object" -> object(rules, seed, depth);
            case "array" ->
                List.of(String.valueOf(Babble.word(seed))).stream()
                        .map(word -> value(rules.exact("items"), seed + 1, depth + 1))
                        .toList();
            case "integer" -> Long.remainderUnsigned(seed, 100);
            case "number" -> Long.remainderUnsigned(seed, 1000) / 10.0;
            case "boolean" -> (seed & 1) == 0;
            case "null" -> null;
            default -> Babble.word(seed);
        };
    }

    private static Map<String, @Nullable Object> object(JsonObject rules, long seed, int depth) {
        Map<String, @Nullable Object> made = new LinkedHashMap<>();
        if (rules.exact("properties") instanceof JsonObject properties) {
            long each = seed;
            for (JsonObject.Member member : properties.members()) {
                each = Babble.mix(each);
                made.put(member.key(), value(member.value(), each, depth + 1));
            }
        }
        return made;
    }

    /** Indented by two, as llama.cpp's grammars tend to make models write. Text is not HTML-escaped here: that is the encoder's work. */
    private static void pretty(StringBuilder out, @Nullable Object value, int depth) {
        Object plain = value instanceof JsonObject object ? object.toMap() : value;
        if (plain instanceof Map<?, ?> map && !map.isEmpty()) {
            out.append('{');
            String comma = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(comma).append('\n').append("  ".repeat(depth + 1));
                pretty(out, String.valueOf(entry.getKey()), depth);
                out.append(": ");
                pretty(out, entry.getValue(), depth + 1);
                comma = ",";
            }
            out.append('\n').append("  ".repeat(depth)).append('}');
        } else if (plain instanceof String text) {
            out.append('"')
                    .append(text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
                    .append('"');
        } else {
            out.append(GoJson.write(plain));
        }
    }
}

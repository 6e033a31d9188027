package io.essaim.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A type of value in a rules file.
 *
 * @param words the type for a person, with its range
 * @param schema the type in JSON Schema; a {@link RulesObject} in it stands for a reference to that object
 * @param reader the value at a place; empty and reported if it is not of this type
 * @param json a value as JSON: what the file would hold
 */
record ValueType<T>(
        String words, Map<String, Object> schema, Function<Spot, Optional<T>> reader, Function<T, Object> json) {
    private static final Map<String, Object> TIME = Map.of("type", "string", "pattern", "^[0-9]{1,10}(ms|s|m|h)$");
    private static final String TIME_HINT = "a whole number with the unit ms, s, m or h, like \"90s\"";

    private ValueType(String words, Map<String, Object> schema, Function<Spot, Optional<T>> reader) {
        this(words, schema, reader, value -> value);
    }

    Optional<T> read(Spot spot) {
        return reader.apply(spot);
    }

    <U> ValueType<U> map(Function<T, U> to) {
        return new ValueType<>(words, schema, spot -> read(spot).map(to));
    }

    /** The same type in other words. */
    ValueType<T> described(String other) {
        return new ValueType<>(other, schema, reader, json);
    }

    /** A value that its reader judges by more than itself. */
    static ValueType<Spot> inContext(String words, Map<String, Object> schema) {
        return new ValueType<>(words, schema, Optional::of);
    }

    /** A string in which {@code parser} finds a value; {@code %s} in the message is what the file holds. */
    static <T> ValueType<T> text(
            String words, String pattern, Function<String, Optional<T>> parser, String message, String hint) {
        Function<Spot, Optional<T>> reader = spot -> {
            Optional<String> text = spot.text();
            Optional<T> value = text.flatMap(parser);
            if (text.isPresent() && value.isEmpty()) {
                spot.refuse(message.replace("%s", text.get()), hint);
            }
            return value;
        };
        return new ValueType<>(
                words, Map.of("type", "string", "pattern", "^" + pattern + "$"), reader, Object::toString);
    }

    /** A string that matches {@code pattern} as a whole. */
    static ValueType<String> matching(String words, String pattern, String message, String hint) {
        Pattern form = Pattern.compile(pattern);
        return text(
                words,
                pattern,
                text -> form.matcher(text).matches() ? Optional.of(text) : Optional.empty(),
                message,
                hint);
    }

    /** The path of a file or directory. A path is not quoted in messages: a key may stand there by mistake. */
    static ValueType<String> path() {
        return matching(
                "path, absolute or relative to the directory of the rules file",
                "[^\\u0000-\\u001f]*[^\\u0000-\\u0020][^\\u0000-\\u001f]*",
                "not a path",
                "relative to the directory of the rules file, or absolute");
    }

    /** One of some words, in the order in which they are listed. */
    static <T> ValueType<T> word(String noun, List<T> values, Function<T, String> key) {
        List<String> known = values.stream().map(key).toList();
        String words = "`\"" + String.join("\"`, `\"", known) + "\"`";
        return new ValueType<>(
                words,
                Map.of("enum", known),
                spot -> spot.text().flatMap(text -> {
                    int found = known.indexOf(text);
                    if (found < 0) {
                        spot.refuse("unknown " + noun + " \"" + text + "\"", Nearest.hint(text, known));
                    }
                    return found < 0 ? Optional.empty() : Optional.of(values.get(found));
                }),
                key::apply);
    }

    static ValueType<Boolean> flag() {
        return new ValueType<>("`true` or `false`", Map.of("type", "boolean"), Spot::flag);
    }

    /** A whole number. */
    static ValueType<Integer> integer(int min, int max) {
        return whole(min, max, "").map(Long::intValue);
    }

    /** A whole number of at most 2^53, which a double holds exactly. */
    static ValueType<Long> whole(long min, long max, String hint) {
        Map<String, Object> schema = Map.of("type", "integer", "minimum", min, "maximum", max);
        return new ValueType<>("whole number, " + min + " to " + max, schema, spot -> {
            Optional<Double> number = spot.number();
            Optional<Double> whole = number.filter(n -> n == Math.rint(n) && n >= min && n <= max);
            if (number.isPresent() && whole.isEmpty()) {
                spot.refuse("not a whole number from " + min + " to " + max, hint);
            }
            return whole.map(Double::longValue);
        });
    }

    /** A number above 0. */
    static ValueType<Double> positive(int max, String hint) {
        Map<String, Object> schema = Map.of("type", "number", "exclusiveMinimum", 0, "maximum", max);
        Function<Spot, Optional<Double>> reader = spot -> {
            Optional<Double> number = spot.number();
            Optional<Double> positive = number.filter(n -> n > 0 && n <= max);
            if (number.isPresent() && positive.isEmpty()) {
                spot.refuse("not above 0 and up to " + max, hint);
            }
            return positive;
        };
        return new ValueType<>("number above 0, up to " + max, schema, reader, ValueType::shortest);
    }

    private static Object shortest(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros();
    }

    /** An amount of money, in millionths. */
    static ValueType<Long> money(long min, long max) {
        String words = "number, " + Money.text(min) + " to " + Money.text(max) + ", at most six decimals";
        Map<String, Object> schema = Map.of("type", "number", "minimum", min / 1e6, "maximum", max / 1_000_000);
        return new ValueType<>(words, schema, spot -> Money.read(spot, min, max));
    }

    /** A time of at most a day. */
    static ValueType<Duration> time(Duration min) {
        Duration max = Duration.ofHours(24);
        return new ValueType<>(
                "time, `\"" + Quantity.text(min) + "\"` to `\"24h\"`",
                TIME,
                spot -> spot.text().flatMap(text -> {
                    Optional<Duration> time = Quantity.duration(text);
                    Optional<Duration> inRange =
                            time.filter(value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
                    if (time.isEmpty()) {
                        spot.refuse("not a time", TIME_HINT);
                    } else if (inRange.isEmpty()) {
                        spot.refuse("not a time from " + min.toMillis() + "ms to 24h", "");
                    }
                    return inRange;
                }),
                Quantity::text);
    }

    /** A time above 0. */
    static ValueType<Duration> someTime() {
        return new ValueType<>(
                "time above 0",
                TIME,
                spot -> spot.text().flatMap(text -> {
                    Optional<Duration> time = Quantity.duration(text).filter(value -> !value.isZero());
                    if (time.isEmpty()) {
                        spot.refuse("not a time above 0", "a whole number and ms, s, m or h, like \"8s\"");
                    }
                    return time;
                }),
                Quantity::text);
    }

    /** A size in bytes, 1 KiB to 1 GiB. */
    static ValueType<Long> size() {
        Map<String, Object> schema = Map.of("type", "string", "pattern", "^[0-9]{1,10}(B|KiB|MiB|GiB)$");
        return new ValueType<>(
                "size, `\"1KiB\"` to `\"1GiB\"`",
                schema,
                spot -> spot.text().flatMap(text -> {
                    Optional<Long> size = Quantity.size(text);
                    Optional<Long> inRange = size.filter(value -> value >= 1 << 10 && value <= 1 << 30);
                    if (size.isEmpty()) {
                        spot.refuse("not a size", "a whole number with the unit B, KiB, MiB or GiB, like \"64MiB\"");
                    } else if (inRange.isEmpty()) {
                        spot.refuse("not a size from 1KiB to 1GiB", "");
                    }
                    return inRange;
                }),
                Quantity::text);
    }

    /**
     * A list of different values.
     *
     * @param empty what to do about an empty one; null if it may be empty
     * @param twice what to do about a value that is listed twice
     */
    static <T> ValueType<List<T>> list(ValueType<T> item, @Nullable String empty, String twice) {
        return new ValueType<>("list: " + item.words, listSchema(item, empty != null), spot -> {
            List<T> values = new ArrayList<>();
            for (Spot place : empty == null ? spot.items() : spot.atLeastOne(empty)) {
                item.read(place).ifPresent(value -> {
                    if (values.contains(value)) {
                        place.refuse("listed twice", twice);
                    }
                    values.add(value);
                });
            }
            return Optional.of(List.copyOf(values));
        });
    }

    /** A list whose items are judged by more than themselves. */
    static ValueType<Spot> listInContext(ValueType<?> item) {
        return inContext("list: " + item.words, listSchema(item, true));
    }

    private static Map<String, Object> listSchema(ValueType<?> item, boolean some) {
        // Whether routes and tiers are different is judged by their meaning.
        boolean scalars = item.schema.containsKey("pattern");
        Map<String, Object> schema = new HashMap<>(Map.of("type", "array", "items", item.schema));
        if (some) {
            schema.put("minItems", 1);
        }
        if (scalars) {
            schema.put("uniqueItems", true);
        }
        return schema;
    }

    /** An object with fixed keys. */
    static <T> ValueType<T> object(RulesObject object, Function<Section, T> reader) {
        return new ValueType<>("object", reference(object), spot -> Optional.of(reader.apply(spot.section(object))));
    }

    /** An object whose keys are names that the user chose. */
    static ValueType<Spot> named(String words, String names, Map<String, Object> value, boolean some) {
        Map<String, Object> schema = new HashMap<>(Map.of(
                "type",
                "object",
                "propertyNames",
                Map.of("pattern", "^" + names + "$"),
                "additionalProperties",
                value));
        if (some) {
            schema.put("minProperties", 1);
        }
        return inContext(words, schema);
    }

    /** The schema of an object with fixed keys. */
    static Map<String, Object> reference(RulesObject object) {
        return Map.of("$ref", object);
    }
}

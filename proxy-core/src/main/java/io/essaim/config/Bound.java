package io.essaim.config;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A key that has a default and stands in {@link RulesReport}.
 *
 * @param value where the record {@code R} has it
 * @param phrase what the report says, {@code %s} being the value; it goes on from the phrase of the bound before
 */
record Bound<R, T>(RulesKey<T> key, Function<R, T> value, String phrase) {
    /** A bound whose default is that of {@code defaults}. */
    static <R, T> Bound<R, T> of(R defaults, String name, ValueType<T> type, Function<R, T> value, String phrase) {
        return new Bound<>(RulesKey.of(name, type).or(value.apply(defaults)), value, phrase);
    }

    /** The same with its sentence. */
    Bound<R, T> means(String sentence) {
        return new Bound<>(key.means(sentence), value, phrase);
    }

    static <R> RulesKey<?>[] keys(List<Bound<R, ?>> bounds) {
        return bounds.stream().map(Bound::key).toArray(RulesKey<?>[]::new);
    }

    /** For a person, on one line. */
    static <R> String text(List<Bound<R, ?>> bounds, R rule) {
        return bounds.stream().map(bound -> bound.text(rule)).collect(Collectors.joining());
    }

    private String text(R rule) {
        return phrase.replace("%s", key.type().json().apply(value.apply(rule)).toString());
    }
}

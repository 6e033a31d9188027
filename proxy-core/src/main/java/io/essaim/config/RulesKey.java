package io.essaim.config;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A key of a rules file. The strict reader, the JSON Schema and {@code docs/reference/rules.md} come from it.
 *
 * @param name as it stands in the file
 * @param type what its value must be
 * @param sentence what it means, for the schema and the reference; Markdown
 * @param fallback what holds without the key; null for no value
 * @param otherwise what happens without the key, for the reference; empty where {@code fallback} or {@code missing} tells
 * @param missing hint for a file without the key; null if the key need not be there
 */
record RulesKey<T>(
        String name,
        ValueType<T> type,
        String sentence,
        @Nullable T fallback,
        String otherwise,
        @Nullable String missing) {

    /** A key without which there is no value. */
    static <T> RulesKey<T> of(String name, ValueType<T> type) {
        return new RulesKey<>(name, type, "", null, "none", null);
    }

    /** The same key with its sentence. */
    RulesKey<T> means(String text) {
        return new RulesKey<>(name, type, text, fallback, otherwise, missing);
    }

    /** A key whose value is an object that is named and explained like the key. */
    static <T> RulesKey<T> object(RulesObject object, Function<Section, T> reader) {
        return of(object.name(), ValueType.object(object, reader)).means(object.sentence());
    }

    /** The same for an object that its reader judges by more than itself. */
    static RulesKey<Spot> inContext(RulesObject object) {
        return of(object.name(), ValueType.inContext("object", ValueType.reference(object)))
                .means(object.sentence());
    }

    /** The same key with a default. */
    RulesKey<T> or(T value) {
        return new RulesKey<>(name, type, sentence, value, "", null);
    }

    /** The same key with a default that depends on more than the key; in words. */
    RulesKey<T> otherwise(String words) {
        return new RulesKey<>(name, type, sentence, null, words, null);
    }

    /** The same key, which must be there. */
    RulesKey<T> required(String hint) {
        return new RulesKey<>(name, type, sentence, null, "", hint);
    }
}

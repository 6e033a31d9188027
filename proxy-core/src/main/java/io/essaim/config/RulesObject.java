package io.essaim.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object of a rules file whose keys are fixed.
 *
 * @param name unique among these objects
 * @param sentence what it is
 * @param keys in the order in which they are listed for a person
 * @param choice keys of which some must be there; null for none
 */
record RulesObject(
        String name,
        String sentence,
        List<RulesKey<?>> keys,
        @Nullable Choice choice) {

    /**
     * Keys of which at least one must be there, or exactly one.
     *
     * @param message what is wrong with a file that has none of them
     */
    record Choice(List<RulesKey<?>> among, boolean exactlyOne, String message, String hint) {}

    static RulesObject of(String name, String sentence, RulesKey<?>... keys) {
        return new RulesObject(name, sentence, List.of(keys), null);
    }

    /** The same object, which must have one of {@code among} at least. */
    RulesObject some(String message, String hint, RulesKey<?>... among) {
        return new RulesObject(name, sentence, keys, new Choice(List.of(among), false, message, hint));
    }

    /** The same object, which must have exactly one of its two keys. */
    RulesObject one(String hint) {
        return new RulesObject(name, sentence, keys, new Choice(keys, true, "neither " + quoted(" nor "), hint));
    }

    /** The names of its keys, in quotation marks. */
    String quoted(String separator) {
        return String.join(
                separator, keys.stream().map(key -> '"' + key.name() + '"').toList());
    }
}

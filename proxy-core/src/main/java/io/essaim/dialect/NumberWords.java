package io.essaim.dialect;

import io.essaim.dialect.Options.Number;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Writes numeric options under a dialect's own names. */
final class NumberWords {
    private NumberWords() {}

    /** Writes each option that has a name in {@code names} and that {@code can} takes. */
    static void write(Options options, Map<Number, String> names, Capabilities can, ObjectNode out) {
        for (Number option : Number.values()) {
            Double value = options.get(option);
            String name = names.get(option);
            if (value == null || name == null || !can.options().contains(option)) {
                continue;
            }
            if (option.isWhole()) {
                out.put(name, value.longValue());
            } else {
                out.put(name, value);
            }
        }
    }
}

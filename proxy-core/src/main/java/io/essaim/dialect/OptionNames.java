package io.essaim.dialect;

import io.essaim.dialect.SamplingOptions.Setting;
import java.util.List;
import java.util.Map;

/** Writes numeric options under a dialect's own names. */
final class OptionNames {
    private OptionNames() {}

    /** Whether there is an option to write. */
    static boolean any(SamplingOptions options, Map<Setting, String> names, Capabilities can) {
        return options.numbers().keySet().stream()
                .anyMatch(option -> names.get(option) != null && can.options().contains(option));
    }

    static void stop(String name, List<String> texts, JsonWriter out) {
        if (!texts.isEmpty()) {
            out.key(name).list();
            texts.forEach(out::string);
            out.endList();
        }
    }

    /** Writes each option that has a name in {@code names} and that {@code can} takes. */
    static void write(SamplingOptions options, Map<Setting, String> names, Capabilities can, JsonWriter out) {
        for (Setting option : Setting.values()) {
            Double value = options.get(option);
            String name = names.get(option);
            if (value == null || name == null || !can.options().contains(option)) {
                continue;
            }
            if (option.isWhole()) {
                out.put(name, value.longValue());
            } else {
                out.put(name, value.doubleValue());
            }
        }
    }
}

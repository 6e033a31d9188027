package io.essaim.dialect;

import io.essaim.dialect.Options.Setting;
import java.util.List;
import java.util.Map;

/** Writes numeric options under a dialect's own names. */
final class SettingWords {
    private SettingWords() {}

    /** Whether there is an option to write. */
    static boolean any(Options options, Map<Setting, String> names, Capabilities can) {
        return options.numbers().keySet().stream()
                .anyMatch(option -> names.get(option) != null && can.options().contains(option));
    }

    static void stop(String name, List<String> texts, JsonOut out) {
        if (!texts.isEmpty()) {
            out.key(name).list();
            texts.forEach(out::string);
            out.endList();
        }
    }

    /** Writes each option that has a name in {@code names} and that {@code can} takes. */
    static void write(Options options, Map<Setting, String> names, Capabilities can, JsonOut out) {
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

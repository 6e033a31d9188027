package io.essaim.dialect;

import io.essaim.dialect.Options.Setting;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Writes numeric options under a dialect's own names. */
final class SettingWords {
    private SettingWords() {}

    /** Writes each option that has a name in {@code names} and that {@code can} takes. */
    static void write(Options options, Map<Setting, String> names, Capabilities can, ObjectNode out) {
        for (Setting option : Setting.values()) {
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

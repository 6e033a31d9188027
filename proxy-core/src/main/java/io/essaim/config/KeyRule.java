package io.essaim.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a house: whoever uses or changes models must show one of them, unless its agent has keys of its own, of which it must
 * show one then.
 *
 * @param keys their hashes
 * @param file path of a file with more of them ({@link KeyFile}), absolute or relative to the directory of the rules file; null for none
 */
public record KeyRule(List<KeyHash> keys, @Nullable String file) {
    /** No key is needed. */
    public static final KeyRule NONE = new KeyRule(List.of(), null);

    public KeyRule {
        keys = List.copyOf(keys);
    }

    /** Whether a key must be shown; also when the file has none that holds. */
    public boolean needed() {
        return !keys.isEmpty() || file != null;
    }
}

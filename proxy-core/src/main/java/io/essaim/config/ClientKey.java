package io.essaim.config;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key that clients may show for a while.
 *
 * @param hash of the key
 * @param until when it holds no more; null for ever
 */
public record ClientKey(KeyHash hash, @Nullable Instant until) {

    /** Whether it holds at this time. */
    public boolean holds(Instant now) {
        return until == null || now.isBefore(until);
    }

    /** Says nothing, since everything may end in a log. */
    @Override
    public String toString() {
        return "a key";
    }
}

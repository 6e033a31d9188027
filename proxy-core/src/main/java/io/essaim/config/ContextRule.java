package io.essaim.config;

import org.jspecify.annotations.Nullable;

/**
 * What is done about the size of the context that a client asks for, since another size makes the host load the model anew for
 * everybody.
 *
 * @param pin tokens that are always asked for, whatever the client says; null for none
 * @param max the most that may be asked for; null for no limit; never together with {@code pin}
 */
public record ContextRule(@Nullable Integer pin, @Nullable Integer max) {

    /** Leaves everything as it is. */
    public static final ContextRule NONE = new ContextRule(null, null);

    /** For a person. */
    @Override
    public String toString() {
        return pin != null ? "context " + pin : "context at most " + max;
    }

    /** What to ask for instead of {@code asked} (null: nothing is asked for, and the host decides). */
    public @Nullable Integer apply(@Nullable Integer asked) {
        if (pin != null) {
            return pin;
        }
        // Not positive is no size: the host may say so.
        return asked == null || max == null || asked <= 0 ? asked : Integer.valueOf(Math.min(asked, max));
    }
}

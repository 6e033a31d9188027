package io.essaim.config;

import java.util.Locale;

/** How long an agent's requests may be made to wait: the key {@code class} of an agent. */
public enum Priority {
    /** Somebody waits for the answer. */
    INTERACTIVE,
    /** Nobody does: every interactive request goes before. */
    BATCH;

    /** As the rules write it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}

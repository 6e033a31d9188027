package io.essaim.simulator;

import java.util.Locale;

/** What a model can do, as {@code /api/show} lists it. */
public enum Capability {
    COMPLETION,
    TOOLS,
    INSERT,
    THINKING,
    EMBEDDING;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

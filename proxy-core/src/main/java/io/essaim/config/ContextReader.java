package io.essaim.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code numCtx}, of a route or an agent. */
final class ContextReader {
    private static final int MOST = 1 << 24;

    private ContextReader() {}

    /** Null when there is none. */
    static @Nullable ContextRule read(Optional<Spot> spot) {
        if (spot.isEmpty()) {
            return null;
        }
        Section section = spot.get().section("pin", "max");
        int pin = section.integer("pin", 0, 1, MOST);
        int max = section.integer("max", 0, 1, MOST);
        boolean both = section.get("pin").isPresent() && section.get("max").isPresent();
        boolean neither = section.get("pin").isEmpty() && section.get("max").isEmpty();
        if ((both || neither) && spot.get().node() instanceof Node.Fields) {
            spot.get()
                    .refuse(
                            both ? "both \"pin\" and \"max\"" : "neither \"pin\" nor \"max\"",
                            "write {\"max\": 16384} or {\"pin\": 8192}");
        }
        return new ContextRule(pin == 0 ? null : Integer.valueOf(pin), max == 0 ? null : Integer.valueOf(max));
    }
}

package io.essaim.config;

import org.jspecify.annotations.Nullable;

/**
 * What hosts are told whatever the client says, in Ollama's own API.
 *
 * @param think JSON value of {@code think}; null to leave the client's
 * @param keepAlive JSON value of {@code keep_alive}; null to leave the client's
 */
public record Pins(@Nullable String think, @Nullable String keepAlive) {
    /** Leaves everything as it is. */
    public static final Pins NONE = new Pins(null, null);
}

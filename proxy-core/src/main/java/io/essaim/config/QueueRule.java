package io.essaim.config;

import java.time.Duration;

/**
 * How requests wait for a free slot.
 *
 * @param maxWaiting requests that wait for one model, 0 to 10000; 0 refuses what no slot is free for; default 64
 * @param maxBytes size of the bodies of all requests that wait, for whatever model, 1 KiB to 1 GiB; one alone may be larger; default 64 MiB
 * @param deadline how long one of them waits at most, 1 ms to 24 h; default 120 s
 */
public record QueueRule(int maxWaiting, long maxBytes, Duration deadline) {
    /** What holds where the rules say nothing. */
    public static final QueueRule DEFAULTS = new QueueRule(64, 64L << 20, Duration.ofMinutes(2));
}

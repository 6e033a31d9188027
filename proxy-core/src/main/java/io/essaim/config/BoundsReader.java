package io.essaim.config;

import java.time.Duration;
import java.util.Optional;

/** Reads {@code timeouts}, {@code limits} and {@code queue}. */
final class BoundsReader {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofHours(24);
    private static final long SMALLEST_BODY = 1L << 10;
    private static final long LARGEST_BODY = 1L << 30;

    private BoundsReader() {}

    static Timeouts timeouts(Optional<Spot> spot) {
        Timeouts defaults = Timeouts.DEFAULTS;
        if (spot.isEmpty()) {
            return defaults;
        }
        Section section = spot.get()
                .section("connect", "firstToken", "whole", "idle", "clientWrite", "bodyIdle", "heartbeat", "drain");
        return new Timeouts(
                duration(section.get("connect"), defaults.connect(), SHORTEST),
                duration(section.get("firstToken"), defaults.firstToken(), SHORTEST),
                duration(section.get("whole"), defaults.whole(), SHORTEST),
                duration(section.get("idle"), defaults.idle(), SHORTEST),
                duration(section.get("clientWrite"), defaults.clientWrite(), SHORTEST),
                duration(section.get("bodyIdle"), defaults.bodyIdle(), SHORTEST),
                duration(section.get("heartbeat"), defaults.heartbeat(), Duration.ZERO),
                duration(section.get("drain"), defaults.drain(), Duration.ZERO));
    }

    private static Duration duration(Optional<Spot> spot, Duration fallback, Duration min) {
        Optional<String> text = spot.flatMap(Spot::text);
        if (text.isEmpty()) {
            return fallback;
        }
        Optional<Duration> value = Quantity.duration(text.get());
        if (value.isEmpty()) {
            spot.get().refuse("not a time", "a whole number with the unit ms, s, m or h, like \"90s\"");
        } else if (value.get().compareTo(min) < 0 || value.get().compareTo(LONGEST) > 0) {
            spot.get().refuse("not a time from " + min.toMillis() + "ms to 24h", "");
        }
        return value.orElse(fallback);
    }

    static Limits limits(Optional<Spot> spot) {
        Limits defaults = Limits.DEFAULTS;
        if (spot.isEmpty()) {
            return defaults;
        }
        Section section = spot.get().section("maxBody", "maxConnections", "maxConnectionsPerClient", "attempts");
        return new Limits(
                size(section.get("maxBody"), defaults.maxBody()),
                section.integer("maxConnections", defaults.maxConnections(), 1, 65536),
                section.integer("maxConnectionsPerClient", defaults.maxConnectionsPerClient(), 1, 65536),
                section.integer("attempts", defaults.attempts(), 1, 10));
    }

    static QueueRule queue(Optional<Spot> spot) {
        QueueRule defaults = QueueRule.DEFAULTS;
        if (spot.isEmpty()) {
            return defaults;
        }
        Section section = spot.get().section("maxWaiting", "maxBytes", "deadline");
        return new QueueRule(
                section.integer("maxWaiting", defaults.maxWaiting(), 0, 10_000),
                size(section.get("maxBytes"), defaults.maxBytes()),
                duration(section.get("deadline"), defaults.deadline(), SHORTEST));
    }

    private static long size(Optional<Spot> spot, long fallback) {
        Optional<String> text = spot.flatMap(Spot::text);
        if (text.isEmpty()) {
            return fallback;
        }
        Optional<Long> value = Quantity.size(text.get());
        if (value.isEmpty()) {
            spot.get().refuse("not a size", "a whole number with the unit B, KiB, MiB or GiB, like \"64MiB\"");
        } else if (value.get() < SMALLEST_BODY || value.get() > LARGEST_BODY) {
            spot.get().refuse("not a size from 1KiB to 1GiB", "");
        }
        return value.orElse(fallback);
    }
}

package io.essaim.dialect;

import io.essaim.api.Ticker;
import java.util.function.LongSupplier;

/**
 * The clocks an answer is dated with.
 *
 * @param epochNanos the time of day, nanoseconds since 1970 UTC
 * @param ticker for durations
 * @param started what the ticker said when the request came
 */
public record AnswerClock(LongSupplier epochNanos, Ticker ticker, long started) {
    long now() {
        return epochNanos.getAsLong();
    }

    long epochSeconds() {
        return Math.floorDiv(now(), 1_000_000_000L);
    }

    /** Nanoseconds since the request came, at least 1. */
    long elapsed() {
        return Math.max(1, ticker.nanos() - started);
    }
}

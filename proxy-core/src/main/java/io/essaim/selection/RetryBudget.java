package io.essaim.selection;

import io.essaim.api.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * Keeps retries from multiplying an overload: each request adds 0.2 of a retry, a retry takes one, and a floor of three
 * in ten seconds is always there for small installations (Finagle's RetryBudget, with a smaller floor). Thread-safe.
 */
public final class RetryBudget {
    private static final double PER_REQUEST = 0.2;
    private static final double MOST = 100;
    private static final int FLOOR = 3;
    private static final long FLOOR_PERIOD = TimeUnit.SECONDS.toNanos(10);

    private final Ticker ticker;
    private double tokens;
    private int floorUsed;
    private long periodStart;

    public RetryBudget(Ticker ticker) {
        this.ticker = ticker;
        this.periodStart = ticker.nanos();
    }

    /** A new request came in. */
    public synchronized void request() {
        tokens = Math.min(MOST, tokens + PER_REQUEST);
    }

    /** Takes one retry if there is one. */
    public synchronized boolean tryRetry() {
        if (tokens >= 1) {
            tokens -= 1;
            return true;
        }
        long now = ticker.nanos();
        if (now - periodStart >= FLOOR_PERIOD) {
            periodStart = now;
            floorUsed = 0;
        }
        if (floorUsed < FLOOR) {
            floorUsed++;
            return true;
        }
        return false;
    }
}

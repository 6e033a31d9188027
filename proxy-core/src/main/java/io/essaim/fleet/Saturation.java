package io.essaim.fleet;

/**
 * How much more load a backend takes: it reported that it is full, or requests went elsewhere because it has too much
 * to do. Any thread.
 */
public final class Saturation {
    private volatile long saturatedUntil;
    private volatile long lastTurnedAway;
    private volatile boolean everTurnedAway;

    Saturation(long now) {
        saturatedUntil = now;
    }

    /** Full until then (429, "server busy"), or longer if it said so before. */
    synchronized void saturated(long until) {
        if (until - saturatedUntil > 0) {
            saturatedUntil = until;
        }
    }

    /** Nanoseconds for which it is full; 0 when it is not. */
    long saturatedFor(long now) {
        return Math.max(0, saturatedUntil - now);
    }

    /** A request went elsewhere, because with all that the backend has to do it would have been too slow. */
    public void turnedAway(long now) {
        lastTurnedAway = now;
        everTurnedAway = true;
    }

    /** Whether one did within so many nanoseconds. */
    public boolean turnedAwayWithin(long nanos, long now) {
        return everTurnedAway && now - lastTurnedAway <= nanos;
    }
}

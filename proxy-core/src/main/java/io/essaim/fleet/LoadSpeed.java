package io.essaim.fleet;

import java.util.concurrent.TimeUnit;

/** How long a host takes to bring models into memory, learned from loads: seconds per GiB of the model. Any thread. */
public final class LoadSpeed {
    private static final double NEWEST = 0.3;
    private static final double GIB = 1L << 30;

    /** What takes less was in memory, or in the page cache, and says nothing of the next one. */
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(500);

    private volatile double secondsPerGib;

    /**
     * @param bytes size of the model
     * @param nanos how long the load took
     */
    public synchronized void observe(long bytes, long nanos) {
        if (bytes > 0 && nanos >= SHORTEST) {
            double newest = nanos / 1e9 / (bytes / GIB);
            secondsPerGib = secondsPerGib == 0 ? newest : secondsPerGib + NEWEST * (newest - secondsPerGib);
        }
    }

    /** Seconds that a model of this size is likely to take; 0 while nothing is known. */
    public double expectedSeconds(long bytes) {
        return secondsPerGib * (Math.max(0, bytes) / GIB);
    }
}

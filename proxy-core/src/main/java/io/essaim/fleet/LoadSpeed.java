package io.essaim.fleet;

import io.essaim.learn.ModelAbsence;
import io.essaim.model.ModelName;
import java.util.concurrent.TimeUnit;

/**
 * How long a host takes to load models, learned from loads, in seconds per GiB of the model; and how much memory it
 * has for models: the most that was seen loaded at a time. Any thread.
 */
public final class LoadSpeed {
    private static final double NEWEST = 0.3;
    private static final double GIB = 1L << 30;

    /** What takes less was in memory, or in the page cache, and says nothing of the next one. */
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(500);

    private volatile double secondsPerGib;

    /** Most bytes that were in memory together. */
    private volatile long most;

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

    /** What is in memory. The prober's alone. */
    void seen(Inventory inventory) {
        most = Math.max(most, inventory.loadedBytes());
    }

    /**
     * What stands between a request and this model, which is not in memory as the request needs it.
     *
     * @param reload whether it is there with another context
     */
    ModelAbsence absence(ModelName model, Inventory inventory, boolean reload) {
        long bytes = inventory.bytes(model);
        int others = inventory.loaded() == null ? 0 : inventory.loaded().size();
        long taken = inventory.loadedBytes();
        boolean room = bytes == 0 || taken == 0 || taken + bytes <= most; // What is not told is not in the way.
        return new ModelAbsence(expectedSeconds(bytes), room ? 0 : others, reload);
    }

    /** Seconds that a model of this size is likely to take; 0 while nothing is known. */
    public double expectedSeconds(long bytes) {
        return secondsPerGib * (Math.max(0, bytes) / GIB);
    }
}

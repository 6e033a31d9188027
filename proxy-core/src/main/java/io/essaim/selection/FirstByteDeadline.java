package io.essaim.selection;

import io.essaim.config.Timeouts;
import io.essaim.fleet.Lease;
import io.essaim.learn.Prediction;
import java.util.concurrent.TimeUnit;

/**
 * How long an attempt may wait for its first byte before another backend is asked.
 *
 * <p>A cold load sends nothing for a minute, so an unmeasured or cold model gets the whole {@code firstToken} time. A warm
 * one that was measured often enough gets half a minute plus six times what was predicted, and more for a long prompt, whatever
 * was predicted of it: a slow host reads two hundred bytes a second, and a host that is cut off while it reads loses its work
 * and gets the host a bad name. A host that dies is found by its probe, not here.
 */
public final class FirstByteDeadline {
    /** That of three answers. */
    private static final double ENOUGH = 0.7;

    private static final double FLOOR_SECONDS = 30;
    private static final double FACTOR = 6;
    private static final double SECONDS_PER_BYTE = 0.005;

    private FirstByteDeadline() {}

    /**
     * Nanoseconds an attempt may wait.
     *
     * @param bytes length of the request's body
     * @param streaming whether the client asked for a stream; a whole answer comes only when all of it is made
     */
    public static long firstByte(Lease lease, long bytes, boolean streaming, Timeouts timeouts) {
        if (!streaming) {
            return timeouts.whole().toNanos();
        }
        Prediction expected = lease.prediction();
        long longest = timeouts.firstToken().toNanos();
        if (!lease.warm() || expected.confidence() < ENOUGH) {
            return longest;
        }
        double first = expected.ttftSeconds() / expected.overdue(); // The time of others must not make this one wait.
        double seconds = FLOOR_SECONDS + FACTOR * first + SECONDS_PER_BYTE * bytes;
        return Math.min(longest, (long) (seconds * TimeUnit.SECONDS.toNanos(1)));
    }
}

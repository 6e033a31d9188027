package io.essaim.choose;

import io.essaim.config.Timeouts;
import io.essaim.fleet.Lease;
import io.essaim.fleet.ModelTimes;
import java.util.concurrent.TimeUnit;

/**
 * How long an attempt may wait for its first byte before another backend is asked.
 *
 * <p>A cold load sends nothing for a minute, so an unmeasured or cold model gets the whole {@code firstToken} time. A warm
 * one that was measured often enough gets half a minute plus eight times what it usually takes, more when it has to queue and
 * more for a long prompt: a slow host reads two hundred bytes a second, and whoever is cut off while it reads loses its work
 * and gets the host a bad name. A host that dies is found by its probe, not here.
 */
public final class Patience {
    private static final int ENOUGH = 5;
    private static final double FLOOR_SECONDS = 30;
    private static final double FACTOR = 8;
    private static final double SECONDS_PER_BYTE = 0.005;

    private Patience() {}

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
        ModelTimes times = lease.times();
        long longest = timeouts.firstToken().toNanos();
        if (!lease.warm() || times.observations() < ENOUGH) {
            return longest;
        }
        int slots = lease.backend().rule().slots();
        int waiting = Math.max(0, lease.backend().inFlight() - slots);
        double seconds = FLOOR_SECONDS
                + FACTOR * times.firstTokenSeconds()
                + SECONDS_PER_BYTE * bytes
                + 2.0 * waiting * times.occupiedSeconds() / slots;
        return Math.min(longest, (long) (seconds * TimeUnit.SECONDS.toNanos(1)));
    }
}

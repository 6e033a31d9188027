package io.essaim.relay;

import io.essaim.config.Timeouts;
import java.util.concurrent.TimeUnit;

/**
 * How long a client may take. The head has an absolute deadline from its first byte (a byte now and then does not extend
 * it), the body a least rate, an idle connection and the last close an end.
 */
final class ClientDeadlines {
    private static final long HEAD = TimeUnit.SECONDS.toNanos(10);
    private static final long IDLE = TimeUnit.SECONDS.toNanos(90);
    private static final long BODY_GRACE = TimeUnit.SECONDS.toNanos(5);
    private static final long LEAST_BYTES_PER_SECOND = 1024;
    private static final long LINGER = TimeUnit.SECONDS.toNanos(1);

    private long lingerWhileUnread;
    private long since;
    private long headSince;
    private boolean headRunning;
    private long received;

    ClientDeadlines(long now, Timeouts timeouts) {
        this.since = now;
        this.lingerWhileUnread = Math.max(LINGER, timeouts.clientWrite().toNanos());
    }

    /** Other rules hold from the next request on. */
    void adopt(Timeouts timeouts) {
        lingerWhileUnread = Math.max(LINGER, timeouts.clientWrite().toNanos());
    }

    void headBegins(long now) {
        if (!headRunning) {
            headRunning = true;
            headSince = now;
        }
    }

    void bodyBegins(long now) {
        headRunning = false;
        since = now;
        received = 0;
    }

    void bodyReceived(long bytes) {
        received = bytes;
    }

    void idleBegins(long now) {
        headRunning = false;
        since = now;
    }

    void lingerBegins(long now) {
        since = now;
    }

    boolean headLate(long now) {
        return headRunning && now - headSince > HEAD;
    }

    boolean idleLate(long now) {
        return now - since > IDLE;
    }

    boolean bodyLate(long now) {
        long took = now - since;
        return took > BODY_GRACE
                && received
                        < TimeUnit.NANOSECONDS.toSeconds(took - BODY_GRACE) * LEAST_BYTES_PER_SECOND
                                + LEAST_BYTES_PER_SECOND;
    }

    /** @param unread whether bytes of the answer still wait for the client to read */
    boolean lingerLate(long now, boolean unread) {
        return now - since > (unread ? lingerWhileUnread : LINGER);
    }
}

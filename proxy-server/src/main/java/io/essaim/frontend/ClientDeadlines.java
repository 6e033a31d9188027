package io.essaim.frontend;

import io.essaim.config.Timeouts;
import java.util.concurrent.TimeUnit;

/**
 * How long a client may take. The head has an absolute deadline from its first byte (slow bytes do not extend it). The
 * body has a least rate and a longest pause. An idle connection and the last close have an end. A body that waits for
 * room is not late.
 */
final class ClientDeadlines {
    private static final long HEAD = TimeUnit.SECONDS.toNanos(10);
    private static final long IDLE = TimeUnit.SECONDS.toNanos(90);
    private static final long BODY_GRACE = TimeUnit.SECONDS.toNanos(5);
    private static final long LEAST_BYTES_PER_SECOND = 1024;

    /** What a body that holds more must go on by within each {@link #bodyIdle} while others wait for room: 64 KiB/s by default. */
    private static final long PACE = 640 * 1024;

    private static final long LINGER = TimeUnit.SECONDS.toNanos(1);

    /** How long a body waits for room before it is refused. */
    private static final long ROOM = TimeUnit.SECONDS.toNanos(2);

    private long lingerWhileUnread;
    private long bodyIdle;
    private long since;
    private long headSince;
    private boolean headRunning;
    private long received;
    private long progress;
    private long paced;
    private long pacedAt;
    private long roomSince;
    private boolean awaitsRoom;

    ClientDeadlines(long now, Timeouts timeouts) {
        this.since = now;
        adopt(timeouts);
    }

    /** Other rules hold from the next request on. */
    void adopt(Timeouts timeouts) {
        lingerWhileUnread = Math.max(LINGER, timeouts.clientWrite().toNanos());
        bodyIdle = timeouts.bodyIdle().toNanos();
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
        progress = now;
        paced = 0;
        pacedAt = now;
        awaitsRoom = false;
    }

    /** @param bytes of the body so far */
    void bodyReceived(long bytes, long now) {
        if (awaitsRoom) {
            since += now - roomSince;
            progress = now;
            pacedAt = now;
            awaitsRoom = false;
        }
        if (bytes - paced >= PACE) {
            paced = bytes;
            pacedAt = now;
        }
        if (bytes > received) {
            received = bytes;
            progress = now;
        }
    }

    /** There is no room for the body. Whether it has waited for long enough. */
    boolean roomAwaited(long now) {
        if (!awaitsRoom) {
            awaitsRoom = true;
            roomSince = now;
        }
        return now - roomSince >= ROOM;
    }

    /** Whether it has waited for twice as long. */
    boolean roomAwaitedLong(long now) {
        return now - roomSince >= 2 * ROOM;
    }

    boolean waitsForRoom() {
        return awaitsRoom;
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

    /** Something comes of a body that is handed on at once, or nobody takes it now. */
    void bodyFlows(long now) {
        progress = now;
    }

    /** Whether nothing comes of a body that is handed on at once. */
    boolean flowLate(long now) {
        return now - progress > bodyIdle;
    }

    /**
     * Whether a body comes too slowly to keep much room while others wait for some.
     *
     * @param room bytes that it holds
     */
    boolean yieldsRoom(long room, long now) {
        return !awaitsRoom && room > PACE && now - pacedAt > bodyIdle;
    }

    boolean bodyLate(long now) {
        long took = now - since;
        if (awaitsRoom) {
            return false;
        }
        return now - progress > bodyIdle
                || took > BODY_GRACE
                        && received
                                < TimeUnit.NANOSECONDS.toSeconds(took - BODY_GRACE) * LEAST_BYTES_PER_SECOND
                                        + LEAST_BYTES_PER_SECOND;
    }

    /** @param unread whether bytes of the answer still wait for the client to read */
    boolean lingerLate(long now, boolean unread) {
        return now - since > (unread ? lingerWhileUnread : LINGER);
    }
}

package io.essaim.admission;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tickets of one agent in a fair queue, oldest first. Guarded by the lock of the {@link Queues}.
 *
 * <p>When an agent's requests have waited for more than 5 s during 2 s, its newest goes first until none is left
 * (CoDel's test, Nichols and Jacobson 2012, with the order of adaptive LIFO). Clients are likely to have given up the
 * old ones, and to serve all of them late would help nobody.
 */
final class AgentQueue {
    private static final double LATE = 5;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);

    final String agent;
    final FairQueue lane;

    /** Seconds of service that the agent was given, or let pass, since somebody waited. */
    double used;

    private @Nullable Ticket first;
    private @Nullable Ticket last;
    private int count;
    private boolean newestFirst;
    private boolean late;
    private long lateSince;

    AgentQueue(String agent, FairQueue lane) {
        this.agent = agent;
        this.lane = lane;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether the newest goes first. */
    boolean newestFirst() {
        return newestFirst;
    }

    void add(Ticket ticket) {
        ticket.share = this;
        count++;
        Ticket oldFirst = first;
        Ticket oldLast = last;
        if (oldFirst == null || oldLast == null) {
            first = ticket;
            last = ticket;
        } else if (ticket.bid.again() && !newestFirst) {
            ticket.after = oldFirst;
            oldFirst.before = ticket;
            first = ticket;
        } else {
            ticket.before = oldLast;
            oldLast.after = ticket;
            last = ticket;
        }
    }

    void remove(Ticket ticket) {
        Ticket before = ticket.before;
        Ticket after = ticket.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        ticket.before = null;
        ticket.after = null;
        ticket.share = null;
        count--;
    }

    /** Whose turn it is first; null when there is none. */
    @Nullable
    Ticket head() {
        return newestFirst ? last : first;
    }

    /** Whose turn it is after this one. */
    @Nullable
    Ticket next(Ticket ticket) {
        return newestFirst ? ticket.before : ticket.after;
    }

    /** The one that goes when room must be made: whose turn would have come last. */
    @Nullable
    Ticket tail() {
        return newestFirst ? first : last;
    }

    /** One of the tickets got its slot after so many seconds. */
    void served(double waited, long now) {
        if (waited <= LATE) {
            late = false;
        } else if (!late) {
            late = true;
            lateSince = now;
        } else if (now - lateSince >= PATIENCE) {
            newestFirst = true;
        }
    }
}

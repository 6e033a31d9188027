package io.essaim.admission;

import io.essaim.config.Priority;
import io.essaim.selection.Choice;
import org.jspecify.annotations.Nullable;

/**
 * A place in a queue. It has exactly one end, whatever races: dispatched, left, expired or refused.
 *
 * <p>Its fields are guarded by the lock of the {@link Queues}; its methods may be called on any thread.
 */
public final class Ticket {
    /** Less than this is not worth telling apart. */
    private static final double SHORTEST = 0.05;

    /** A guess beyond this is a mistake; it would only make the rounds of the queue long. */
    private static final double LONGEST = 300;

    /** How a ticket ended. */
    public enum End {
        /** It got a slot, and its request took it. */
        DISPATCHED,
        /** Its request went away first. */
        LEFT,
        /** Its deadline passed. */
        EXPIRED,
        /** It would have waited too long, had to make room, or nobody can serve it any more. */
        REFUSED
    }

    /** Who waits. */
    @FunctionalInterface
    public interface Waiter {
        /**
         * The ticket has its answer, to be fetched with {@link Ticket#take} on the waiter's own thread. Called at most once,
         * on any thread, without a lock; it must only pass the word on, not go on with the request.
         */
        void ready(Ticket ticket);
    }

    /** The kind of a bid with its hash, which is asked for again and again. */
    record Kind(Object value, int hash) {
        @Override
        public int hashCode() {
            return hash;
        }
    }

    final SlotRequest bid;
    final Kind kind;
    final Waiter waiter;
    final long deadline;
    final double cost;

    @Nullable
    AgentQueue share;

    @Nullable
    Ticket before;

    @Nullable
    Ticket after;

    @Nullable
    Choice answer;

    /** The exception of its chooser: it ends this ticket's own request, not the one that freed the slot. */
    @Nullable
    Throwable fault;

    @Nullable
    End end;

    /** Seconds that it was expected to wait when it came, before correction; 0 as long as it was not. */
    double expected;

    private final Queues queues;

    Ticket(Queues queues, SlotRequest bid, Waiter waiter, long deadline) {
        this.queues = queues;
        this.bid = bid;
        this.kind = new Kind(bid.kind(), bid.kind().hashCode());
        this.waiter = waiter;
        this.deadline = deadline;
        this.cost = Double.isNaN(bid.seconds()) ? SHORTEST : Math.min(LONGEST, Math.max(SHORTEST, bid.seconds()));
    }

    boolean waits() {
        return share != null;
    }

    Priority priority() {
        return bid.caller().priority();
    }

    double waited(long now) {
        return (now - bid.since()) / 1e9;
    }

    /**
     * The answer, once: a lease that the caller now holds, or a refusal. Null as long as there is none, when it was taken
     * before, and after {@link #leave}.
     *
     * @throws IllegalStateException when its chooser threw, which is the cause
     */
    public @Nullable Choice take() {
        return queues.take(this);
    }

    /**
     * The request goes away. A slot that was found for it and not taken yet is given back. Does nothing once the answer was
     * taken.
     */
    public void leave() {
        queues.leave(this);
    }

    /** How it ended; null as long as it waits, or has a slot that was not taken yet. */
    public @Nullable End end() {
        return queues.endOf(this);
    }
}

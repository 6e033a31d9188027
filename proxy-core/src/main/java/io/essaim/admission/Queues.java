package io.essaim.admission;

import io.essaim.api.Failure.Outcome;
import io.essaim.api.Ticker;
import io.essaim.config.Priority;
import io.essaim.config.QueueRule;
import io.essaim.selection.Choice;
import io.essaim.selection.Choice.Reason;
import io.essaim.selection.Choice.Refused;
import io.essaim.selection.QueueTurn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds requests until a slot is free for them: one bounded queue per model, fair between agents, interactive before
 * batch. A queue in the proxy instead of in the hosts bounds waiting and makes it fair, costs nothing when a client
 * leaves, and delays the choice of a backend until one is free.
 *
 * <p><b>Order.</b> A slot that gets free is offered to all interactive requests of all models, and only then to batch.
 * Nothing that runs is broken off, so a batch request delays an interactive one by the rest of one answer at most.
 * Models take turns; within a model see {@link FairQueue}.
 *
 * <p><b>One lock.</b> Event loops add, remove and free slots at once, and models share the slots of a backend: which
 * ticket gets a slot is a question about all queues. With a lock per model, two loops could hand one slot to two
 * models, or a batch request of one model could slip in before an interactive one of another. The lock is held for the
 * work of {@link FairQueue} and one choice per kind of request, some microseconds, while an answer takes seconds. It
 * is not taken at all while nothing waits.
 *
 * <p><b>No slot is lost.</b> The picker takes the lease under the lock, in the name of the ticket: from then on the
 * slot is counted, and no other ticket can have it. It stays the ticket's until the waiter fetches it with {@link
 * Ticket#take}, or gives it back with {@link Ticket#leave}; the lock makes it one of the two. A new request is first
 * counted as waiting and then looks for a slot; the end of a lease first frees the slot and then looks for waiting
 * requests: one of them sees the other.
 *
 * <p>Starts no thread: {@link #freed} and {@link #sweep} are called from outside. Waiters are told after the lock is
 * released. Any thread.
 */
public final class Queues {
    /** Models come from clients. */
    private static final int MOST_QUEUES = 256;

    /** Every event loop sweeps; once is enough. */
    private static final long SWEEP_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private volatile QueueRule rule;
    private final Ticker ticker;
    private final DoubleSupplier random;
    private final Object lock = new Object();
    private final Map<String, ModelQueue> queues = new LinkedHashMap<>();
    private final WaitForecastErrors times = new WaitForecastErrors();
    private final QueueCounters tally = new QueueCounters();
    private long lastSweep;

    /** @param random from 0 to 1, to spread those who come back; called under the lock */
    public Queues(QueueRule rule, Ticker ticker, DoubleSupplier random) {
        this.rule = rule;
        this.ticker = ticker;
        this.random = random;
        this.lastSweep = ticker.nanos() - SWEEP_PAUSE;
    }

    /** Other bounds hold from now on; a waiting request keeps its deadline. */
    public void adopt(QueueRule newRule) {
        rule = newRule;
    }

    /**
     * Asks for a slot.
     *
     * @param waiter told when the request had to wait and has its answer; not called for one that is decided at once
     */
    public Admission enter(SlotRequest bid, Ticket.Waiter waiter) {
        if (tally.waiting() == 0) { // There is nobody to overtake.
            Choice choice = bid.chooser().choose(new QueueTurn(0, bid.since(), bid.caller()));
            if (!FairQueue.waitsFor(choice)) {
                return new Admission.Decided(choice);
            }
        }
        Ticket ticket =
                new Ticket(this, bid, waiter, bid.since() + rule.deadline().toNanos());
        List<Ticket> ready = new ArrayList<>(2);
        boolean admitted = false;
        try {
            synchronized (lock) {
                admit(ticket, ticker.nanos(), ready);
            }
            ready.remove(ticket);
            Choice choice = take(ticket);
            admitted = true;
            return choice == null ? new Admission.Waiting(ticket) : new Admission.Decided(choice);
        } finally {
            if (!admitted) { // Nobody is going to ask for it.
                ready.remove(ticket);
                leave(ticket);
            }
            tell(ready);
        }
    }

    private void admit(Ticket ticket, long now, List<Ticket> ready) {
        String model = ticket.bid.model();
        ModelQueue queue = queues.get(model);
        if (queue == null) {
            if (queues.size() >= MOST_QUEUES) {
                refuse(ticket, Reason.SATURATED, ticket.cost, Ticket.End.REFUSED);
                return;
            }
            queue = new ModelQueue(model);
            queues.put(model, queue);
        }
        queue.add(ticket);
        tally.waits(ticket);
        pick(now, ready);
        if (ticket.waits()) {
            ticket.expected = queue.expectedWait(ticket);
            if (queue.count() > rule.maxWaiting()) {
                Ticket dispensable = queue.mostDispensable(ticket);
                refuseWaiting(queue, dispensable, Reason.SATURATED, Ticket.End.REFUSED, ready);
            }
            makeRoom(ticket, ready);
            boolean tooLate = times.typical(ticket.expected) * 1e9 > ticket.deadline - now;
            if (tooLate && ticket.waits() && !ticket.bid.again()) {
                refuseWaiting(queue, ticket, Reason.DEADLINE, Ticket.End.REFUSED, ready);
            }
        }
        dropIfEmpty(queue);
    }

    private void refuseWaiting(ModelQueue queue, Ticket ticket, Reason reason, Ticket.End end, List<Ticket> ready) {
        double expected = queue.expectedWait(ticket);
        queue.remove(ticket);
        tally.waitsNoLonger(ticket);
        refuse(ticket, reason, expected, end);
        ready.add(ticket);
    }

    private void refuse(Ticket ticket, Reason reason, double expectedWait, Ticket.End end) {
        ticket.answer = Refused.busy(reason, times.retryAfter(expectedWait, random.getAsDouble()));
        tally.refused(reason);
        tally.ended(ticket, end);
    }

    /** Sends away whose bodies are too much together; one alone is not too much. */
    private void makeRoom(Ticket newcomer, List<Ticket> ready) {
        while (tally.bytes() > rule.maxBytes() && tally.waiting() > 1) {
            Ticket heavy = QueueMemory.mostDispensable(queues.values(), newcomer);
            ModelQueue queue = queueOf(heavy);
            refuseWaiting(queue, heavy, Reason.QUEUE_BYTES, Ticket.End.REFUSED, ready);
            dropIfEmpty(queue);
        }
    }

    private ModelQueue queueOf(Ticket ticket) {
        return Objects.requireNonNull(queues.get(ticket.bid.model()));
    }

    private void dropIfEmpty(ModelQueue queue) {
        if (queue.count() == 0) {
            queues.remove(queue.model);
        }
    }

    /** A slot got free, or a backend may be used again. Not to be called by a {@link SlotRequest.Chooser}. */
    public void freed() {
        if (tally.waiting() == 0) {
            return;
        }
        List<Ticket> ready = new ArrayList<>(2);
        try {
            synchronized (lock) {
                pick(ticker.nanos(), ready);
            }
        } finally {
            tell(ready);
        }
    }

    /** Ends those whose deadline has passed, and looks again for whom the others could go to. To be called some times a second. */
    public void sweep(long now) {
        if (tally.waiting() == 0) {
            return;
        }
        List<Ticket> ready = new ArrayList<>(2);
        try {
            sweep(now, ready);
        } finally {
            tell(ready);
        }
    }

    private void sweep(long now, List<Ticket> ready) {
        synchronized (lock) {
            if (now - lastSweep < SWEEP_PAUSE) {
                return;
            }
            lastSweep = now;
            for (ModelQueue queue : List.copyOf(queues.values())) {
                for (Ticket ticket : queue.order()) {
                    if (now - ticket.deadline >= 0) {
                        if (!Objects.requireNonNull(ticket.share).newestFirst()) {
                            times.observe(ticket.expected, ticket.waited(now));
                        }
                        refuseWaiting(queue, ticket, Reason.DEADLINE, Ticket.End.EXPIRED, ready);
                    }
                }
                dropIfEmpty(queue);
            }
            pick(now, ready);
        }
    }

    /** Hands out what is free, in order. Under the lock. */
    private void pick(long now, List<Ticket> ready) {
        Set<Ticket.Kind> full = new HashSet<>();
        for (Priority priority : Priority.values()) {
            boolean served = true;
            while (served) {
                served = false;
                for (ModelQueue queue : List.copyOf(queues.values())) {
                    Ticket ticket = queue.lane(priority).serve(full, now);
                    if (ticket != null) {
                        served = true;
                        ready.add(ticket);
                        served(queue, ticket, now);
                    }
                }
            }
        }
    }

    private void served(ModelQueue queue, Ticket ticket, long now) {
        tally.waitsNoLonger(ticket);
        queues.remove(queue.model);
        if (queue.count() > 0) {
            queues.put(queue.model, queue); // The last of the models now.
        }
        if (ticket.fault != null) {
            tally.ended(ticket, Ticket.End.REFUSED);
        } else if (ticket.answer instanceof Refused refused) {
            tally.refused(refused.reason());
            tally.ended(ticket, Ticket.End.REFUSED);
        } else if (ticket.expected > 0) {
            times.observe(ticket.expected, ticket.waited(now));
        }
    }

    /** Tells all of them, whatever one of them does; who cannot be told will not come for his slot. */
    private static void tell(List<Ticket> ready) {
        RuntimeException failed = null;
        for (Ticket ticket : ready) {
            try {
                ticket.waiter.ready(ticket);
            } catch (RuntimeException e) {
                failed = e;
                ticket.leave();
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    @Nullable
    Choice take(Ticket ticket) {
        synchronized (lock) {
            Choice answer = ticket.answer;
            ticket.answer = null;
            if (ticket.fault != null) {
                throw new IllegalStateException("no backend could be chosen", ticket.fault);
            }
            if (answer instanceof Choice.Taken) {
                tally.ended(ticket, Ticket.End.DISPATCHED);
            }
            return answer;
        }
    }

    void leave(Ticket ticket) {
        Choice unused;
        synchronized (lock) {
            unused = ticket.answer;
            ticket.answer = null;
            if (ticket.waits()) {
                ModelQueue queue = queueOf(ticket);
                queue.remove(ticket);
                tally.waitsNoLonger(ticket);
                dropIfEmpty(queue);
                tally.ended(ticket, Ticket.End.LEFT);
            } else if (unused instanceof Choice.Taken) {
                tally.ended(ticket, Ticket.End.LEFT);
            }
        }
        if (unused instanceof Choice.Taken taken) {
            taken.lease().end(Outcome.NEUTRAL);
            freed();
        }
    }

    Ticket.@Nullable End endOf(Ticket ticket) {
        synchronized (lock) {
            return ticket.end;
        }
    }

    /** Requests that wait. */
    public int waiting() {
        return tally.waiting();
    }

    /** How many wait, and what became of those that did. */
    public QueueMetrics figures() {
        long now = ticker.nanos();
        synchronized (lock) {
            return tally.figures(queues.values().stream()
                    .mapToDouble(queue -> queue.longestWait(now))
                    .max()
                    .orElse(0));
        }
    }

    /** Who waits for what, and about how long still; only models that somebody waits for. */
    public List<QueueSnapshot> views() {
        long now = ticker.nanos();
        synchronized (lock) {
            return queues.values().stream().map(queue -> queue.view(now, times)).toList();
        }
    }
}

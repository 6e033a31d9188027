package io.essaim.admission;

import io.essaim.selection.Choice;
import io.essaim.selection.Choice.Reason;
import io.essaim.selection.Choice.Refused;
import io.essaim.selection.QueueTurn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tickets of one class for one model, served by start-time fair queueing over agents (Goyal, Vin and Cheng,
 * SIGCOMM 1996). The agent with the least service since the queue was last empty is next, so agents get equal time,
 * not equal numbers of requests. An agent with few requests is served before the next request of a busy one; service
 * that it did not ask for is not kept for it. Guarded by the lock of the {@link Queues}.
 *
 * <p><b>A ticket that no free slot fits</b> (it needs another backend than others) is passed over and keeps its place.
 * Each time a slot is free it is asked again before all later ones, so the first slot that fits goes to it. Tickets
 * that overtook it took what it could not use, and it gets nothing back for that.
 */
final class FairQueue {
    /** Requests that had rather wait, after which nobody else is asked: the lock is held meanwhile. */
    private static final int MOST_ASKED = 16;

    /** Those who wait, in the order in which they began to. */
    private final List<AgentQueue> ring = new ArrayList<>();

    private final Map<String, AgentQueue> shares = new HashMap<>();

    /** Seconds of service of each agent since somebody waited, with what it did not ask for; of so many agents as the rules name. */
    private final Map<String, Double> used = new HashMap<>();

    /** What the one who was served last had been given before. */
    private double virtualTime;

    private int count;

    /** Whether an answer of the chooser means that something may be free soon. */
    static boolean waitsFor(Choice choice) {
        return choice instanceof Refused refused
                && (refused.reason() == Reason.SATURATED || mayDiffer(choice) || kept(choice));
    }

    /** Whether another request of the same kind may still find something. */
    private static boolean mayDiffer(Choice choice) {
        return choice instanceof Refused refused && refused.reason() == Reason.BETTER_LATER;
    }

    /** Whether another agent's request of the same kind may still find something. */
    private static boolean kept(Choice choice) {
        return choice instanceof Refused refused && refused.reason() == Reason.KEPT;
    }

    int count() {
        return count;
    }

    void add(Ticket ticket) {
        String agent = ticket.bid.agent();
        AgentQueue share = shares.get(agent);
        if (share == null) {
            share = new AgentQueue(agent, this);
            share.used = Math.max(virtualTime, used.getOrDefault(agent, 0.0));
            shares.put(agent, share);
            ring.add(share);
        }
        share.add(ticket);
        count++;
    }

    void remove(Ticket ticket) {
        AgentQueue share = Objects.requireNonNull(ticket.share);
        share.remove(ticket);
        count--;
        if (share.isEmpty()) {
            shares.remove(share.agent);
            ring.remove(share);
            used.put(share.agent, share.used);
            if (ring.isEmpty()) {
                used.clear();
                virtualTime = 0;
            }
        }
    }

    /**
     * Finds the next ticket that gets an answer, charges it and takes it out.
     *
     * @param full kinds for which nothing is free; grows
     * @return null when nobody can be served now
     */
    @Nullable
    Ticket serve(Set<Ticket.Kind> full, long now) {
        int asked = 0;
        Set<Ticket> passed = new HashSet<>();
        for (Ticket next = due(full, passed); next != null; next = due(full, passed)) {
            Choice choice = choice(next, asked);
            if (choice == null) {
                return answered(next, null, now);
            }
            if (kept(choice)) {
                passed.addAll(likeOf(next));
            } else if (mayDiffer(choice) && asked < MOST_ASKED) {
                passed.add(next);
                asked++;
            } else if (waitsFor(choice)) {
                full.add(next.kind);
            } else {
                return answered(next, choice, now);
            }
        }
        return null;
    }

    /** Null when the chooser failed, which must not keep others from what is free; the ticket knows why. */
    private static @Nullable Choice choice(Ticket ticket, int asked) {
        try {
            return ticket.bid.chooser().choose(new QueueTurn(asked, ticket.bid.since(), ticket.bid.caller()));
        } catch (RuntimeException | Error e) {
            ticket.fault = e;
            return null;
        }
    }

    private Ticket answered(Ticket ticket, @Nullable Choice choice, long now) {
        AgentQueue share = Objects.requireNonNull(ticket.share);
        if (choice instanceof Choice.Taken) {
            virtualTime = Math.max(virtualTime, share.used);
            ring.forEach(each -> each.used = Math.max(each.used, virtualTime));
            share.used += ticket.cost;
            share.served(ticket.waited(now), now);
        }
        if (share.newestFirst()) { // Its wait says nothing of those who keep to the order.
            ticket.expected = 0;
        }
        ticket.answer = choice;
        remove(ticket);
        return ticket;
    }

    /** The agent's tickets of this one's kind. */
    private static List<Ticket> likeOf(Ticket ticket) {
        AgentQueue share = Objects.requireNonNull(ticket.share);
        List<Ticket> alike = new ArrayList<>();
        for (Ticket t = share.head(); t != null; t = share.next(t)) {
            if (t.kind.equals(ticket.kind)) {
                alike.add(t);
            }
        }
        return alike;
    }

    /** The next one of the agent with the least service that has one to be asked; null when none has. */
    private @Nullable Ticket due(Set<Ticket.Kind> full, Set<Ticket> passed) {
        Ticket due = null;
        double least = Double.POSITIVE_INFINITY;
        for (AgentQueue share : ring) {
            Ticket ticket = share.used < least ? share.head() : null;
            while (ticket != null && (full.contains(ticket.kind) || passed.contains(ticket))) {
                ticket = share.next(ticket);
            }
            if (ticket != null) {
                due = ticket;
                least = share.used;
            }
        }
        return due;
    }

    /** The tickets in the order in which they will be served if no other comes and no slot is unfit for one of them. */
    List<Ticket> order() {
        record Place(Ticket ticket, double start) {}
        List<Place> places = new ArrayList<>(count);
        for (AgentQueue share : ring) {
            double start = share.used;
            for (Ticket t = share.head(); t != null; t = share.next(t)) {
                places.add(new Place(t, start));
                start += t.cost;
            }
        }
        places.sort(Comparator.comparingDouble(Place::start));
        return places.stream().map(Place::ticket).toList();
    }

    /** The agent with the most tickets; with as many as another one, this agent. Null when there is none. */
    @Nullable
    AgentQueue longest(String agent) {
        AgentQueue longest = shares.get(agent);
        for (AgentQueue share : ring) {
            if (longest == null || share.count() > longest.count()) {
                longest = share;
            }
        }
        return longest;
    }

    List<AgentQueue> shares() {
        return ring;
    }
}

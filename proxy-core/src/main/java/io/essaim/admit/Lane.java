package io.essaim.admit;

import io.essaim.choose.Choice;
import io.essaim.choose.Choice.Reason;
import io.essaim.choose.Choice.Refused;
import io.essaim.choose.Turn;
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
 * The tickets of one class for one model, served by deficit round robin over agents (Shreedhar and Varghese, SIGCOMM 1995): each agent
 * in its turn is granted {@value #QUANTUM} seconds of service and served as long as its credit pays for its next ticket, so
 * that agents get equal time, not equal numbers of requests. Guarded by the lock of the {@link Queues}.
 *
 * <p><b>Who cannot be served by what is free now</b> (it needs another backend than others) is passed over, with its credit
 * and its place: each time a slot is free it is asked again before all that come after it, so whatever suits it goes to it
 * first. Those who overtook it took what it could not use. An agent whose tickets are all passed over is granted nothing meanwhile.
 */
final class Lane {
    /** Seconds granted per turn: less than most answers take, so that agents alternate. */
    static final double QUANTUM = 2;

    /** Requests that had rather wait, after which nobody else is asked: the lock is held meanwhile. */
    private static final int MOST_ASKED = 16;

    private final List<Share> ring = new ArrayList<>();
    private final Map<String, Share> shares = new HashMap<>();

    /** Seconds of service of each agent since somebody waited; of so many agents as the rules name. */
    private final Map<String, Double> used = new HashMap<>();

    private int turn;
    private boolean granted;
    private int count;

    /** Whether an answer of the chooser means that something may be free soon. */
    static boolean waitsFor(Choice choice) {
        return choice instanceof Refused refused && (refused.reason() == Reason.SATURATED || mayDiffer(choice));
    }

    /** Whether another request of the same kind may still find something. */
    private static boolean mayDiffer(Choice choice) {
        return choice instanceof Refused refused && refused.reason() == Reason.BETTER_LATER;
    }

    int count() {
        return count;
    }

    void add(Ticket ticket) {
        String agent = ticket.bid.agent();
        Share share = shares.get(agent);
        if (share == null) {
            share = new Share(agent, this);
            shares.put(agent, share);
            join(share, ticket.cost);
        }
        share.add(ticket);
        count++;
    }

    /**
     * The agent waits from now on: before all others if each of them had more service since somebody waited, so that an agent that asks
     * now and then does not wait for the rest of a busy one's turn (as the new flows of FQ-CoDel, RFC 8290 4.1.1); else last in the round.
     */
    private void join(Share share, double cost) {
        double least = ring.stream().mapToDouble(this::used).min().orElse(0);
        ring.add(turn, share);
        if (used(share) < least) {
            used.put(share.agent, least); // What it did not ask for is not kept for it.
            share.credit = cost;
            granted = true;
        } else {
            turn = (turn + 1) % ring.size();
        }
    }

    private double used(Share share) {
        return used.getOrDefault(share.agent, 0.0);
    }

    void remove(Ticket ticket) {
        Share share = Objects.requireNonNull(ticket.share);
        share.remove(ticket);
        count--;
        if (share.isEmpty()) {
            shares.remove(share.agent);
            int at = ring.indexOf(share);
            ring.remove(at);
            granted &= at != turn;
            turn = ring.isEmpty() ? 0 : (at < turn ? turn - 1 : turn) % ring.size();
            if (ring.isEmpty()) {
                used.clear();
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
        int oldTurn = turn;
        boolean oldGranted = granted;
        double[] credits = ring.stream().mapToDouble(share -> share.credit).toArray();
        Set<Ticket> asked = new HashSet<>();
        for (Ticket next = due(full, asked); next != null; next = due(full, asked)) {
            Choice choice = next.bid.chooser().choose(new Turn(asked.size(), next.bid.since()));
            if (mayDiffer(choice) && asked.size() < MOST_ASKED) {
                asked.add(next);
            } else if (waitsFor(choice)) {
                full.add(next.kind);
            } else {
                return answered(next, choice, now);
            }
        }
        // To have asked in vain changes nothing: who was granted most meanwhile would be served twice in a row.
        turn = oldTurn;
        granted = oldGranted;
        for (int i = 0; i < credits.length; i++) {
            ring.get(i).credit = credits[i];
        }
        return null;
    }

    private Ticket answered(Ticket ticket, Choice choice, long now) {
        Share share = Objects.requireNonNull(ticket.share);
        if (choice instanceof Choice.Taken) {
            share.credit -= ticket.cost;
            used.merge(share.agent, ticket.cost, Double::sum);
            share.served(ticket.waited(now), now);
        }
        if (share.newestFirst()) { // Its wait says nothing of those who keep to the order.
            ticket.expected = 0;
        }
        ticket.answer = choice;
        remove(ticket);
        return ticket;
    }

    private @Nullable Ticket due(Set<Ticket.Kind> full, Set<Ticket> asked) {
        Ticket[] candidates = new Ticket[ring.size()];
        boolean any = false;
        for (int i = 0; i < candidates.length; i++) {
            Ticket ticket = ring.get(i).head();
            while (ticket != null && (full.contains(ticket.kind) || asked.contains(ticket))) {
                ticket = ring.get(i).next(ticket);
            }
            candidates[i] = ticket;
            any |= ticket != null;
        }
        while (any) {
            Ticket ticket = candidates[turn];
            if (ticket != null) {
                Share share = ring.get(turn);
                if (!granted) {
                    // Who can pay already was passed over in its last turn; credit must not pile up.
                    share.credit += share.credit >= ticket.cost ? 0 : QUANTUM;
                    granted = true;
                }
                if (share.credit >= ticket.cost) {
                    return ticket;
                }
            }
            turn = (turn + 1) % ring.size();
            granted = false;
        }
        return null;
    }

    /** The tickets in the order in which they will be served if no other comes and no slot is unfit for one of them. */
    List<Ticket> order() {
        record Place(Ticket ticket, int round, int afterTurn) {}
        List<Place> places = new ArrayList<>(count);
        for (int i = 0; i < ring.size(); i++) {
            Share share = ring.get(i);
            int afterTurn = Math.floorMod(i - turn, ring.size());
            Ticket head = share.head();
            boolean begun = afterTurn == 0 && granted || head != null && share.credit >= head.cost;
            double sum = 0;
            for (Ticket t = head; t != null; t = share.next(t)) {
                sum += t.cost;
                int grants = (int) Math.ceil((sum - share.credit) / QUANTUM);
                int round = begun ? Math.max(0, grants) : Math.max(1, grants) - 1;
                places.add(new Place(t, round, afterTurn));
            }
        }
        places.sort(Comparator.comparingInt(Place::round).thenComparingInt(Place::afterTurn));
        return places.stream().map(Place::ticket).toList();
    }

    /** The agent with the most tickets; with as many as another one, this agent. Null when there is none. */
    @Nullable
    Share longest(String agent) {
        Share longest = shares.get(agent);
        for (Share share : ring) {
            if (longest == null || share.count() > longest.count()) {
                longest = share;
            }
        }
        return longest;
    }

    List<Share> shares() {
        return ring;
    }
}

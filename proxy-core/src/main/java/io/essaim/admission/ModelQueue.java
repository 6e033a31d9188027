package io.essaim.admission;

import io.essaim.config.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The tickets that wait for one model: a fair queue for each class, interactive first. Guarded by the lock of the
 * {@link Queues}.
 */
final class ModelQueue {
    final String model;

    private final FairQueue interactive = new FairQueue();
    private final FairQueue batch = new FairQueue();

    ModelQueue(String model) {
        this.model = model;
    }

    FairQueue lane(Priority priority) {
        return priority == Priority.BATCH ? batch : interactive;
    }

    int count() {
        return interactive.count() + batch.count();
    }

    void add(Ticket ticket) {
        lane(ticket.priority()).add(ticket);
    }

    void remove(Ticket ticket) {
        Objects.requireNonNull(ticket.share).lane.remove(ticket);
    }

    /**
     * Who has to make room for a newcomer: of the agent that has the most waiting, the one whose turn comes last; batch
     * before interactive. So an agent may fill the queue while nobody else wants it, and has its equal share when others do.
     */
    Ticket mostDispensable(Ticket newcomer) {
        FairQueue lane = batch.count() > 0 ? batch : interactive;
        AgentQueue longest = Objects.requireNonNull(lane.longest(newcomer.bid.agent()));
        return Objects.requireNonNull(longest.tail());
    }

    /**
     * Seconds until it is served, if all take as long as they are expected to: what is before it, and what still runs, over
     * the slots. An answer under way is charged in full: long ones are likelier to be met running.
     */
    double expectedWait(Ticket ticket) {
        double before = ticket.cost;
        for (Ticket other : order()) {
            if (other == ticket) {
                break;
            }
            before += other.cost;
        }
        return before / Math.max(1, ticket.bid.slots());
    }

    /** Seconds. */
    double longestWait(long now) {
        return order().stream().mapToDouble(ticket -> ticket.waited(now)).max().orElse(0);
    }

    /** In the order of service. */
    List<Ticket> order() {
        List<Ticket> order = new ArrayList<>(count());
        order.addAll(interactive.order());
        order.addAll(batch.order());
        return order;
    }

    QueueSnapshot view(long now, WaitForecastErrors times) {
        List<QueueSnapshot.Place> places = new ArrayList<>();
        double before = 0;
        for (Ticket t : order()) {
            double eta = times.typical((before + t.cost) / Math.max(1, t.bid.slots()));
            before += t.cost;
            places.add(new QueueSnapshot.Place(places.size() + 1, t.bid.agent(), t.priority(), t.waited(now), eta));
        }
        return new QueueSnapshot(model, places);
    }
}

package io.essaim.admission;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Chooses which waiting request is refused when the bodies of all are too large together. Guarded by the lock of the
 * {@link Queues}.
 */
final class QueueMemory {
    private static final Comparator<Ticket> NEWEST =
            Comparator.comparing(Ticket::priority).thenComparing((a, b) -> Long.signum(a.bid.since() - b.bid.since()));

    private QueueMemory() {}

    /**
     * Of the agent whose bodies take the most, over all models, its newest; batch before interactive. So an agent may take all there is while nobody else wants it, and who has little is not driven out by who has much.
     *
     * @param newcomer its agent is taken among several with as much
     */
    static Ticket mostDispensable(Collection<ModelQueue> queues, Ticket newcomer) {
        Map<String, Long> taken = new HashMap<>();
        List<Ticket> all = queues.stream()
                .flatMap(queue -> queue.order().stream())
                .filter(ticket -> ticket.bid.bytes() > 0)
                .toList();
        all.forEach(ticket -> taken.merge(ticket.bid.agent(), ticket.bid.bytes(), Long::sum));
        String own = newcomer.bid.agent();
        String most = own;
        for (Map.Entry<String, Long> each : taken.entrySet()) {
            most = each.getValue() > taken.getOrDefault(most, 0L) ? each.getKey() : most;
        }
        String greediest = most;
        return all.stream()
                .filter(ticket -> ticket.bid.agent().equals(greediest))
                .reduce((a, b) -> NEWEST.compare(a, b) > 0 ? a : b) // Of those that came at once the later in turn.
                .orElseThrow();
    }
}

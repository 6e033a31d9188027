package io.essaim.admission;

import io.essaim.selection.Choice.Reason;
import java.util.Map;

/**
 * The figures of all queues.
 *
 * @param waiting requests that wait now
 * @param bytes size of their bodies, which are held meanwhile
 * @param oldestSeconds since the one that has been waiting for longest came; 0 when nobody waits
 * @param ends how requests ended that found no slot, or others waiting, when they came; since the start; an end that never happened is left out
 * @param refusals why some of them got no slot, since the start; their deadline included; a reason that never was is left out
 */
public record QueueMetrics(
        int waiting, long bytes, double oldestSeconds, Map<Ticket.End, Long> ends, Map<Reason, Long> refusals) {
    public QueueMetrics {
        ends = Map.copyOf(ends);
        refusals = Map.copyOf(refusals);
    }
}

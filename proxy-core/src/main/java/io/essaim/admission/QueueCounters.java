package io.essaim.admission;

import io.essaim.admission.Ticket.End;
import io.essaim.selection.Choice.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the tickets that wait, and how tickets ended. Guarded by the lock of the {@link Queues}, but for {@link
 * #waiting}.
 */
final class QueueCounters {
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<End, Long> ends = new EnumMap<>(End.class);
    private final Map<Reason, Long> refusals = new EnumMap<>(Reason.class);
    private long bytes;

    /** Any thread, without the lock. */
    int waiting() {
        return waiting.get();
    }

    long bytes() {
        return bytes;
    }

    void waits(Ticket ticket) {
        waiting.incrementAndGet();
        bytes += ticket.bid.bytes();
    }

    void waitsNoLonger(Ticket ticket) {
        waiting.decrementAndGet();
        bytes -= ticket.bid.bytes();
    }

    void ended(Ticket ticket, End end) {
        ticket.end = end;
        ends.merge(end, 1L, Long::sum);
    }

    void refused(Reason reason) {
        refusals.merge(reason, 1L, Long::sum);
    }

    QueueMetrics figures(double oldestSeconds) {
        return new QueueMetrics(waiting.get(), bytes, oldestSeconds, ends, refusals);
    }
}

package io.essaim.benchmarks.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Times to first token of short answers, asked by some connections that each ask again as soon as they have their answer (after a pause, if one is
 * wished). Closed loop: with many connections and no pause it measures a busy proxy, queues included. Lives on one event loop.
 */
final class LatencyLoad implements Conversation.Listener {

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Dialer dialer;
    private final int connections;
    private final long pauseMicros;
    private final Histogram nanos = new Histogram(LONGEST_NANOS, 3);
    private final Failures failures = new Failures();
    private final CompletableFuture<Message> report = new CompletableFuture<>();
    private long deadline;
    private int over;

    LatencyLoad(Dialer dialer, int connections, long pauseMicros) {
        this.dialer = dialer;
        this.connections = connections;
        this.pauseMicros = pauseMicros;
    }

    void open(long millis) {
        deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (int i = 0; i < connections; i++) {
            dialer.dial(new Conversation(this, 1), this);
        }
    }

    CompletableFuture<Message> report() {
        return report;
    }

    @Override
    public void ready(Conversation conversation) {
        conversation.ask();
    }

    @Override
    public void firstLine(long elapsed) {
        nanos.recordValue(Math.min(elapsed, LONGEST_NANOS));
    }

    @Override
    public void lines(int count) {
        // Whole answers are verified when they end; a short one has nothing to count on the way.
    }

    @Override
    public void ended(Conversation conversation, @Nullable String failure) {
        if (failure == null && System.nanoTime() < deadline) {
            askAgain(conversation);
            return;
        }
        if (failure != null) {
            failures.add(failure);
        }
        conversation.close();
        over++;
        if (over == connections) {
            report.complete(result());
        }
    }

    private void askAgain(Conversation conversation) {
        if (pauseMicros == 0) {
            conversation.ask();
        } else {
            var unused = dialer.loop().schedule(conversation::ask, pauseMicros, TimeUnit.MICROSECONDS);
        }
    }

    private Message result() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("count", Long.toString(nanos.getTotalCount()));
        fields.put("p50", Long.toString(nanos.getValueAtPercentile(50)));
        fields.put("p99", Long.toString(nanos.getValueAtPercentile(99)));
        fields.put("max", Long.toString(nanos.getMaxValue()));
        fields.put("failed", Integer.toString(failures.count()));
        fields.put("detail", failures.toString());
        return new Message("ok", fields);
    }
}

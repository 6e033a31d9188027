package io.essaim.benchmarks.simulate;

import io.essaim.api.Ticker;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** Virtual time, and what is to happen in it. Events of one moment happen in the order in which they were planned. */
final class Clock implements Ticker {
    /** Not zero, so that nobody takes an unset field for a moment. */
    private static final long ORIGIN = 1L << 50;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingDouble(Event::at).thenComparingLong(Event::number));
    private double now;
    private long planned;

    private record Event(double at, long number, Runnable action) {}

    /** Seconds since the beginning. */
    double now() {
        return now;
    }

    @Override
    public long nanos() {
        return ORIGIN + Math.round(now * 1e9);
    }

    /** @param seconds from now, at least 0 */
    void in(double seconds, Runnable action) {
        at(now + seconds, action);
    }

    /** @param time seconds since the beginning, not in the past */
    void at(double time, Runnable action) {
        if (!(time >= now)) {
            throw new IllegalArgumentException(time + " is not after " + now);
        }
        events.add(new Event(time, planned++, action));
    }

    /** Again and again, for the first time after {@code seconds}. */
    void every(double seconds, Runnable action) {
        in(seconds, () -> {
            action.run();
            every(seconds, action);
        });
    }

    /** Lets time pass until nothing is planned any more, or until it is enough. */
    void run(BooleanSupplier enough) {
        while (!events.isEmpty() && !enough.getAsBoolean()) {
            Event next = events.remove();
            now = next.at;
            next.action.run();
        }
    }
}

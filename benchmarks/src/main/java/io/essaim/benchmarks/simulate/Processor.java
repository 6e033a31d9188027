package io.essaim.benchmarks.simulate;

import java.util.ArrayList;
import java.util.List;

/**
 * The arithmetic of one host: everything that runs there shares it. With n generations each reads at
 * {@code prefill / (1 + b (n - 1))} and writes at {@code decode / (1 + a (n - 1))} tokens per second, divided by the size of its
 * model. Knows no clock: whoever owns it lets time pass.
 */
final class Processor {
    private final HostSpec spec;
    private final List<Work> running = new ArrayList<>();
    private double slowdown;

    /** @param slowdown how many times slower than its specification the host is */
    Processor(HostSpec spec, double slowdown) {
        this.spec = spec;
        this.slowdown = slowdown;
    }

    double slowdown() {
        return slowdown;
    }

    void slowdown(double factor) {
        slowdown = factor;
    }

    List<Work> running() {
        return running;
    }

    void add(Work work) {
        running.add(work);
    }

    void remove(Work work) {
        running.remove(work);
    }

    /** Tokens per second of one of those that run. */
    double speed(Work work) {
        int others = running.size() - 1;
        double alone = work.reading()
                ? spec.prefill() / (1 + spec.prefillCrowd() * others)
                : spec.decode() / (1 + spec.crowd() * others);
        return alone / work.size / slowdown;
    }

    /** Seconds until the next one has read or written everything; infinite when nothing runs. */
    double untilNext() {
        double soonest = Double.POSITIVE_INFINITY;
        for (Work work : running) {
            double left = work.reading() ? work.toRead : work.toWrite;
            soonest = Math.min(soonest, left / speed(work));
        }
        return soonest;
    }

    /** @param seconds at most {@link #untilNext} */
    void advance(double seconds) {
        for (Work work : running) {
            double done = seconds * speed(work);
            if (work.reading()) {
                work.toRead -= done;
            } else {
                work.toWrite -= done;
            }
        }
    }
}

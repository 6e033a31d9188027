package io.essaim.benchmarks.simulate;

import io.essaim.benchmarks.simulate.Seat.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * What only a clairvoyant knows: when a request would be answered by a host if nobody else came, since the true length of every
 * answer inside is known. Exact, but for how long a load waits until some other model can leave the memory.
 */
final class Foresight {
    private final Host host;
    private final double now;
    private final Processor processor;
    private final double[] readyIn;
    private final int[] running;
    private final List<Deque<Work>> waiting = new ArrayList<>();

    private Foresight(Host host, double now) {
        this.host = host;
        this.now = now;
        Processor real = host.processor();
        this.processor = new Processor(host.spec(), real.slowdown());
        real.running().forEach(work -> processor.add(work.copy()));
        List<Seat> seats = host.memory().seats();
        this.readyIn = new double[seats.size()];
        this.running = new int[seats.size()];
        for (Seat seat : seats) {
            running[seat.model] = seat.running;
            Deque<Work> queue = new ArrayDeque<>();
            seat.waiting.forEach(job -> queue.add(work(seat, job.request)));
            waiting.add(queue);
        }
    }

    /** Seconds until the last token; infinite when the host is dead or frozen. */
    static double total(Host host, Request request, double now) {
        return host.up() && !host.frozen() ? new Foresight(host, now).total(request) : Double.POSITIVE_INFINITY;
    }

    /** The same if the host had nothing else to do: never more than {@link #total}. */
    static double atBest(Host host, Request request) {
        HostSpec spec = host.spec();
        Seat seat = host.memory().seat(request.model);
        double slower = host.size(request.model) * host.processor().slowdown();
        double load = seat.state() == State.COLD ? spec.load() : 0;
        double reading = (request.promptTokens - seat.cached(request)) / spec.prefill();
        return spec.overhead() + (load + reading + request.outputTokens / spec.decode()) * slower;
    }

    private Work work(Seat seat, Request request) {
        int toRead = request.promptTokens - seat.cached(request);
        return new Work(seat.model, host.size(seat.model), toRead, request.outputTokens);
    }

    private double total(Request request) {
        boolean warm = host.warm(request.model);
        loads();
        Seat own = host.memory().seat(request.model);
        if (!warm && readyIn[own.model] == Double.POSITIVE_INFINITY) {
            double last = Arrays.stream(readyIn)
                    .filter(ready -> ready < Double.POSITIVE_INFINITY)
                    .max()
                    .orElse(0);
            readyIn[own.model] = last + untilRoom() + loadSeconds(own);
        }
        Work mine = work(own, request);
        waiting.get(own.model).add(mine);
        double passed = 0;
        while (!mine.finished()) {
            admit(passed);
            double step = Math.min(processor.untilNext(), untilReady(passed));
            if (step == Double.POSITIVE_INFINITY) {
                return step;
            }
            processor.advance(step);
            passed += Math.max(step, 1e-9);
            leave();
        }
        return host.spec().overhead() + passed;
    }

    private void loads() {
        Memory memory = host.memory();
        for (Seat seat : memory.seats()) {
            readyIn[seat.model] = seat.state() == State.WARM ? 0 : Double.POSITIVE_INFINITY;
        }
        Seat loading = memory.loading();
        double at = 0;
        if (loading != null) {
            at = Math.max(0, memory.loadedAt() - now);
            readyIn[loading.model] = at;
        }
        for (Seat seat : memory.wanted()) {
            at += loadSeconds(seat);
            readyIn[seat.model] = at;
        }
    }

    private double loadSeconds(Seat seat) {
        return host.memory().loadSeconds(seat, host.size(seat.model), processor.slowdown());
    }

    /** About the time in which all that runs of some model is done. */
    private double untilRoom() {
        if (host.memory().room(now) || host.memory().leastRecentlyUsed() != null) {
            return 0;
        }
        double[] busy = new double[running.length];
        for (Work work : processor.running()) {
            double alone = work.toRead / host.spec().prefill()
                    + work.toWrite / host.spec().decode();
            double crowded = 1 + host.spec().crowd() * (processor.running().size() - 1);
            busy[work.model] = Math.max(busy[work.model], alone * work.size * crowded);
        }
        return Arrays.stream(busy).filter(seconds -> seconds > 0).min().orElse(0);
    }

    private void admit(double passed) {
        for (int model = 0; model < running.length; model++) {
            Deque<Work> queue = waiting.get(model);
            while (!queue.isEmpty()
                    && readyIn[model] <= passed + 1e-9
                    && running[model] < host.spec().slots()) {
                running[model]++;
                processor.add(queue.remove());
            }
        }
    }

    private double untilReady(double passed) {
        double soonest = Double.POSITIVE_INFINITY;
        for (int model = 0; model < running.length; model++) {
            if (!waiting.get(model).isEmpty() && readyIn[model] > passed + 1e-9) {
                soonest = Math.min(soonest, readyIn[model] - passed);
            }
        }
        return soonest;
    }

    private void leave() {
        processor.running().removeIf(work -> {
            if (work.finished()) {
                running[work.model]--;
                return true;
            }
            return false;
        });
    }
}

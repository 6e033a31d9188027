package io.essaim.benchmarks.simulate;

import io.essaim.benchmarks.simulate.Seat.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which models a host has in memory. A model that nobody used for five minutes leaves (Ollama's keep_alive); where all room is
 * taken the least recently used idle one gives way; one model is loaded at a time (server/sched.go).
 */
final class Memory {
    private static final double KEEP_ALIVE = 300;

    private final List<Seat> seats = new ArrayList<>();
    private final List<Seat> wanted = new ArrayList<>();
    private final HostSpec spec;
    private @Nullable Seat loading;
    private double loadedAt;

    Memory(HostSpec spec, int models) {
        this.spec = spec;
        for (int model = 0; model < models; model++) {
            seats.add(new Seat(model, spec.cloud() ? 0 : spec.conversations()));
            if (spec.cloud()) {
                seats.get(model).state(State.WARM);
            }
        }
    }

    Seat seat(int model) {
        return seats.get(model);
    }

    List<Seat> seats() {
        return seats;
    }

    boolean warm(int model, double now) {
        expire(now);
        return seats.get(model).state() == State.WARM;
    }

    /** Whether another model fits without one giving way. */
    boolean room(double now) {
        expire(now);
        return seats.stream().filter(seat -> seat.state() != State.COLD).count() < spec.residents();
    }

    private void expire(double now) {
        if (spec.cloud()) {
            return;
        }
        for (Seat seat : seats) {
            if (seat.state() == State.WARM && seat.idle() && now - seat.lastUse > KEEP_ALIVE) {
                seat.state(State.COLD);
            }
        }
    }

    void want(Seat seat) {
        if (seat.state() == State.COLD && !wanted.contains(seat)) {
            wanted.add(seat);
        }
    }

    /** Those to be loaded after the present one, in this order. */
    List<Seat> wanted() {
        return wanted;
    }

    /** What is being loaded; null for nothing. */
    @Nullable
    Seat loading() {
        return loading;
    }

    /** When the present load will be done. */
    double loadedAt() {
        return loadedAt;
    }

    double loadSeconds(Seat seat, double size, double slowdown) {
        return spec.load() * size * slowdown;
    }

    /** What is to be loaded next; null when there is nothing, or no room, or another load under way. */
    @Nullable
    Seat next(double now) {
        wanted.removeIf(seat -> seat.waiting.isEmpty());
        if (loading != null || wanted.isEmpty()) {
            return null;
        }
        if (!room(now)) {
            Seat victim = leastRecentlyUsed();
            if (victim == null) {
                return null;
            }
            victim.state(State.COLD);
        }
        return wanted.remove(0);
    }

    @Nullable
    Seat leastRecentlyUsed() {
        Seat oldest = null;
        for (Seat seat : seats) {
            if (seat.state() == State.WARM && seat.idle() && (oldest == null || seat.lastUse < oldest.lastUse)) {
                oldest = seat;
            }
        }
        return oldest;
    }

    void load(Seat seat, double until) {
        seat.state(State.LOADING);
        loading = seat;
        loadedAt = until;
    }

    void loaded(double now) {
        if (loading != null) {
            loading.state(State.WARM);
            loading.lastUse = now;
            loading = null;
        }
    }

    /** Everything is gone. */
    void lose() {
        loading = null;
        wanted.clear();
        for (Seat seat : seats) {
            seat.state(spec.cloud() ? State.WARM : State.COLD);
            seat.waiting.clear();
            seat.expecting.clear();
            seat.running = 0;
        }
    }
}

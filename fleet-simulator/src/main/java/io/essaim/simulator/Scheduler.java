package io.essaim.simulator;

import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads and unloads models as the scheduler of 0.15.2 does. A request for a model that is loaded with the same options goes straight to
 * its runner, without limit. Every other request goes through one bounded queue whose head is served alone: it waits for room, loads,
 * and blocks those behind it. A client that leaves during the load it triggered throws the load away.
 */
final class Scheduler {
    private final SimClock clock;
    private final HostProfile profile;
    private final Stats stats;
    /** By weights: two names over one weights file share a runner, listed under the name it was loaded with. */
    private final Map<String, Runner> runners = new LinkedHashMap<>();

    private final Deque<Ticket> pending = new ArrayDeque<>();
    private @Nullable Ticket loading;
    private @Nullable Future<?> loadTimer;

    Scheduler(SimClock clock, HostProfile profile, Stats stats) {
        this.clock = clock;
        this.profile = profile;
        this.stats = stats;
    }

    /** A request for a runner. */
    static final class Ticket {
        private final StoredModel model;
        private final RunnerOptions options;
        private final @Nullable Long keepAlive;
        private final Taker taker;

        Ticket(StoredModel model, RunnerOptions options, @Nullable Long keepAlive, Taker taker) {
            this.model = model;
            this.options = options;
            this.keepAlive = keepAlive;
            this.taker = taker;
        }
    }

    /** Who gets the runner. */
    interface Taker {
        /** The runner is loaded and counts this taker among its users until {@link Scheduler#release}. */
        void granted(Runner runner, long now);

        void refused(Refusal refusal);
    }

    void request(Ticket ticket, long now) {
        Runner runner = runners.get(ticket.model.weights());
        if (runner != null && runner.isLoaded() && runner.options().equals(ticket.options)) {
            grant(runner, ticket, now);
        } else if (pending.size() >= profile.limits().maxQueue()) {
            ticket.taker.refused(Refusal.BUSY);
        } else {
            pending.add(ticket);
            stats.waiting++;
            process(now);
        }
    }

    /** Takes back a request that was not granted yet. */
    void cancel(Ticket ticket) {
        if (pending.remove(ticket)) {
            stats.waiting--;
            process(clock.now());
        } else if (ticket == loading) {
            if (loadTimer != null) {
                loadTimer.cancel(false);
            }
            loading = null;
            runners.remove(ticket.model.weights());
            stats.loadsAborted++;
            stats.waiting--;
            process(clock.now());
        }
    }

    void release(Runner runner, long now) {
        if (runner.leave()) {
            if (runner.keepAlive() == 0) {
                unload(runner);
            } else if (runner.keepAlive() == Runner.FOREVER) {
                runner.expiresAt(Runner.FOREVER, null);
            } else {
                long due = now + runner.keepAlive();
                runner.expiresAt(due, clock.at(due, () -> expire(runner)));
            }
        }
        process(now);
    }

    /** Unloads the model once it is idle ({@code keep_alive: 0} with nothing to do). */
    void expireNow(StoredModel model) {
        Runner runner = runners.get(model.weights());
        if (runner != null && runner.isLoaded()) {
            runner.keepAlive(0);
            if (runner.isIdle()) {
                unload(runner);
                process(clock.now());
            }
        }
    }

    /** Listed by 0.15.2 from the start of their load on, latest expiry first. */
    List<Runner> listed() {
        List<Runner> list = new ArrayList<>(runners.values());
        list.sort(Comparator.comparingLong(this::expiresAt).reversed());
        return list;
    }

    /** The simulated instant that {@code /api/ps} shows. */
    long expiresAt(Runner runner) {
        if (runner.expiresAt() != 0) {
            return runner.expiresAt();
        }
        return runner.keepAlive() == Runner.FOREVER ? Runner.FOREVER : clock.now() + runner.keepAlive();
    }

    /** The keep-alive in nanoseconds: negative durations mean for ever. */
    static long keepAliveNanos(Duration keepAlive) {
        if (keepAlive.isNegative()) {
            return Runner.FOREVER;
        }
        return keepAlive.compareTo(Duration.ofDays(36_500)) > 0 ? Runner.FOREVER : keepAlive.toNanos();
    }

    private void process(long now) {
        while (loading == null && !pending.isEmpty()) {
            Ticket head = pending.getFirst();
            Runner runner = runners.get(head.model.weights());
            if (runner != null && runner.options().equals(head.options)) {
                pending.removeFirst();
                stats.waiting--;
                grant(runner, head, now);
            } else if (runner != null) {
                if (!runner.isIdle()) {
                    return;
                }
                unload(runner);
            } else if (runners.size() >= profile.limits().maxLoaded()) {
                if (!unloadOneIdle()) {
                    return;
                }
            } else {
                pending.removeFirst();
                load(head, now);
            }
        }
    }

    /** An idle runner with the shortest keep-alive goes first. */
    private boolean unloadOneIdle() {
        Runner victim = runners.values().stream()
                .filter(Runner::isIdle)
                .min(Comparator.comparingLong(Runner::keepAlive))
                .orElse(null);
        if (victim == null) {
            return false;
        }
        unload(victim);
        return true;
    }

    private void load(Ticket ticket, long now) {
        loading = ticket;
        stats.loadsStarted++;
        int slots = ticket.model.spec().onlyEmbeds() ? 1 : profile.limits().slots();
        long keepAlive = ticket.keepAlive != null
                ? ticket.keepAlive
                : keepAliveNanos(profile.limits().keepAlive());
        Runner runner = new Runner(ticket.model, ticket.options, slots, keepAlive);
        runners.put(ticket.model.weights(), runner);
        long due = now + (long) (ticket.model.spec().size() / profile.speed().loadBytesPerSecond() * 1e9);
        loadTimer = clock.at(due, () -> {
            loading = null;
            loadTimer = null;
            stats.loadsFinished++;
            stats.waiting--;
            runner.loaded();
            grant(runner, ticket, due);
            process(due);
        });
    }

    private void grant(Runner runner, Ticket ticket, long now) {
        if (ticket.keepAlive != null) {
            // Sticky, the last writer wins.
            runner.keepAlive(ticket.keepAlive);
        }
        runner.use();
        ticket.taker.granted(runner, now);
    }

    private void expire(Runner runner) {
        if (runner.isIdle()) {
            unload(runner);
            process(clock.now());
        }
    }

    private void unload(Runner runner) {
        runner.cancelExpiry();
        runners.remove(runner.model().weights(), runner);
    }
}

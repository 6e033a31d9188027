package io.essaim.relay;

import io.essaim.fleet.Backend;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one event loop: the connection pools, one per backend, and the sweep that looks after deadlines.
 *
 * <p>Deadlines are checked by one sweep four times a second instead of a timer per request: a request then costs no timer,
 * and a token no re-arming; deadlines here are seconds, so a quarter of one does not matter.
 *
 * <p>Confined to its event loop.
 */
public final class Loop {
    private static final int SWEEP_MILLIS = 250;

    /** Something with deadlines. */
    interface Timed {
        void sweep(long now);
    }

    private final EventLoop eventLoop;
    private final Shared shared;
    private final BackendConnector connector;
    private final LongWork work;
    private final Map<Backend, BackendPool> pools = new HashMap<>();
    private final List<Timed> timed = new ArrayList<>();
    private final Map<Timed, Integer> places = new HashMap<>();
    private java.util.concurrent.@Nullable Future<?> sweeping;

    public Loop(EventLoop eventLoop, Shared shared, BackendConnector connector, LongWork work) {
        this.eventLoop = eventLoop;
        this.shared = shared;
        this.connector = connector;
        this.work = work;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    Shared shared() {
        return shared;
    }

    LongWork work() {
        return work;
    }

    long now() {
        return shared.ticker().nanos();
    }

    BackendPool pool(Backend backend) {
        return pools.computeIfAbsent(backend, b -> new BackendPool(b, this, connector));
    }

    void watch(Timed one) {
        if (places.putIfAbsent(one, timed.size()) == null) {
            timed.add(one);
        }
        if (sweeping == null) {
            ScheduledFuture<?> future =
                    eventLoop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
            sweeping = future;
        }
    }

    void unwatch(Timed one) {
        Integer place = places.remove(one);
        if (place != null) {
            Timed last = timed.remove(timed.size() - 1);
            if (last != one) {
                timed.set(place, last);
                places.put(last, place);
            }
        }
    }

    private void sweep() {
        long now = now();
        for (int i = timed.size() - 1; i >= 0; i--) {
            if (i < timed.size()) {
                timed.get(i).sweep(now);
            }
        }
        for (BackendPool pool : pools.values()) {
            pool.sweep(now);
        }
        if (timed.isEmpty() && sweeping != null && pools.values().stream().allMatch(BackendPool::isEmpty)) {
            sweeping.cancel(false);
            sweeping = null;
        }
    }

    /** Closes all idle connections to backends. Any thread. */
    public void shutDown() {
        eventLoop.submit(() -> pools.values().forEach(BackendPool::close)).awaitUninterruptibly(1000);
    }
}

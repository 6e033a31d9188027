package io.essaim.relay;

import io.essaim.api.Ticker;
import io.essaim.fault.OwnFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop keeps whatever the rules are: the connection pools, one per backend, and the sweep that looks after
 * deadlines.
 *
 * <p>Deadlines are checked by one sweep four times a second instead of a timer per request: a request then costs no timer,
 * and a token no re-arming; deadlines here are seconds, so a quarter of one does not matter.
 *
 * <p>Confined to its event loop.
 */
final class Sweeper {
    private static final int SWEEP_MILLIS = 250;

    private final EventLoop eventLoop;
    private final Ticker ticker;
    private final Map<Backend, BackendPool> pools = new HashMap<>();
    private final List<Loop.Timed> timed = new ArrayList<>();
    private final Map<Loop.Timed, Integer> places = new HashMap<>();
    private @Nullable Future<?> sweeping;

    Sweeper(EventLoop eventLoop, Ticker ticker) {
        this.eventLoop = eventLoop;
        this.ticker = ticker;
    }

    /**
     * The pool of a backend; of one that has left the rules, for requests that began before, a pool that keeps nothing.
     *
     * @param loop whose connector makes the connections of a pool that is new
     */
    BackendPool pool(Backend backend, Loop loop) {
        BackendPool known = pools.get(backend);
        if (known != null) {
            return known;
        }
        BackendPool fresh = new BackendPool(backend, loop.eventLoop(), ticker, loop.connector());
        if (loop.latest().shared().fleet().has(backend)) {
            pools.put(backend, fresh);
        } else {
            fresh.close();
        }
        return fresh;
    }

    /** Other rules hold: whoever stays is connected by the new connector, the connections of others are closed when they are idle. */
    void adopt(Fleet fleet, BackendConnector connector) {
        pools.entrySet().removeIf(entry -> {
            boolean stays = fleet.has(entry.getKey());
            if (stays) {
                entry.getValue().connectBy(connector);
            } else {
                entry.getValue().close();
            }
            return !stays;
        });
    }

    void watch(Loop.Timed one) {
        if (places.putIfAbsent(one, timed.size()) == null) {
            timed.add(one);
        }
        if (sweeping == null) {
            sweeping = eventLoop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    void unwatch(Loop.Timed one) {
        Integer place = places.remove(one);
        if (place != null) {
            Loop.Timed last = timed.remove(timed.size() - 1);
            if (last != one) {
                timed.set(place, last);
                places.put(last, place);
            }
        }
    }

    private void sweep() {
        OwnFault.each("a sweep of deadlines", this::sweepAll); // An executor would never run it again.
    }

    private void sweepAll() {
        long now = ticker.nanos();
        for (int i = timed.size() - 1; i >= 0; i--) {
            if (i < timed.size()) {
                sweep(timed.get(i), now);
            }
        }
        for (BackendPool pool : pools.values()) {
            OwnFault.each("looking after idle connections", () -> pool.sweep(now));
        }
        if (timed.isEmpty() && sweeping != null && pools.values().stream().allMatch(BackendPool::isEmpty)) {
            sweeping.cancel(false);
            sweeping = null;
        }
    }

    private void sweep(Loop.Timed one, long now) {
        try {
            one.sweep(now);
        } catch (RuntimeException | Error e) {
            unwatch(one);
            OwnFault.end(one, e);
        }
    }

    void close() {
        pools.values().forEach(BackendPool::close);
    }
}

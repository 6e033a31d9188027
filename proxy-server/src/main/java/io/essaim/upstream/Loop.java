package io.essaim.upstream;

import io.essaim.api.Ticker;
import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop: its clock, its deadlines, and its connections to backends. It lives as long as the server, whatever the rules are.
 *
 * <p>One sweep checks deadlines four times a second instead of a timer per request: a request then costs no timer, and a token no
 * re-arming. Deadlines here are seconds, so a quarter of one does not matter.
 *
 * <p>Confined to its event loop, but for {@link #adopt} and {@link #shutDown}.
 */
public final class Loop {
    private static final int SWEEP_MILLIS = 250;

    /** Something with deadlines. */
    public interface Timed extends Guarded {
        /** Checks the deadlines. An exception ends the object by {@link #fault}, and it is not watched any longer. */
        void sweep(long now);
    }

    private final EventLoop eventLoop;
    private final Ticker ticker;
    private final WorkerPool work;
    private final Map<Backend, BackendPool> pools = new HashMap<>();
    private final List<Timed> timed = new ArrayList<>();
    private final Map<Timed, Integer> places = new HashMap<>();
    private Fleet fleet;
    private BackendConnector connector;
    private @Nullable Future<?> sweeping;

    /**
     * A loop.
     *
     * @param work threads for what would hold the event loop up
     * @param fleet the backends whose connections are kept
     * @param connector makes the connections
     */
    public Loop(EventLoop eventLoop, Ticker ticker, WorkerPool work, Fleet fleet, BackendConnector connector) {
        this.eventLoop = eventLoop;
        this.ticker = ticker;
        this.work = work;
        this.fleet = fleet;
        this.connector = connector;
    }

    /** The thread and its timers. */
    public EventLoop eventLoop() {
        return eventLoop;
    }

    /** Threads for what would hold the event loop up. */
    public WorkerPool work() {
        return work;
    }

    /** The monotonic clock. */
    public Ticker ticker() {
        return ticker;
    }

    /** Nanoseconds of the clock. */
    public long now() {
        return ticker.nanos();
    }

    /** The connections to a backend. For a backend that left the rules, the pool serves requests that began before and keeps nothing. */
    public BackendPool pool(Backend backend) {
        BackendPool known = pools.get(backend);
        if (known != null) {
            return known;
        }
        BackendPool fresh = new BackendPool(backend, eventLoop, ticker, connector);
        if (fleet.has(backend)) {
            pools.put(backend, fresh);
        } else {
            fresh.close();
        }
        return fresh;
    }

    /** From now on the sweep checks the deadlines of {@code one}. Watching it twice is the same as once. */
    public void watch(Timed one) {
        if (places.putIfAbsent(one, timed.size()) == null) {
            timed.add(one);
        }
        if (sweeping == null) {
            sweeping = eventLoop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** The sweep leaves {@code one} alone from now on. */
    public void unwatch(Timed one) {
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
        InternalFault.each("a sweep of deadlines", this::sweepAll); // An exception would end the sweeping for ever.
    }

    private void sweepAll() {
        long now = now();
        for (int i = timed.size() - 1; i >= 0; i--) {
            if (i < timed.size()) {
                sweep(timed.get(i), now);
            }
        }
        for (BackendPool pool : pools.values()) {
            InternalFault.each("looking after idle connections", () -> pool.sweep(now));
        }
        if (timed.isEmpty() && sweeping != null && pools.values().stream().allMatch(BackendPool::isEmpty)) {
            sweeping.cancel(false);
            sweeping = null;
        }
    }

    private void sweep(Timed one, long now) {
        try {
            one.sweep(now);
        } catch (RuntimeException | Error e) {
            unwatch(one);
            InternalFault.end(one, e);
        }
    }

    /**
     * Keeps the connections of these backends, and closes the idle ones of others. The connector makes all connections from now on.
     * Blocks until that is so; not to be called on an event loop.
     */
    public void adopt(Fleet newFleet, BackendConnector newConnector) {
        eventLoop
                .submit(() -> {
                    fleet = newFleet;
                    connector = newConnector;
                    pools.entrySet().removeIf(entry -> !keeps(entry.getValue()));
                })
                .syncUninterruptibly();
    }

    private boolean keeps(BackendPool pool) {
        if (fleet.has(pool.backend())) {
            pool.connectBy(connector);
            return true;
        }
        pool.close();
        return false;
    }

    /** Closes all idle connections to backends. Any thread. */
    public void shutDown() {
        eventLoop.submit(() -> pools.values().forEach(BackendPool::close)).awaitUninterruptibly(1000);
    }
}

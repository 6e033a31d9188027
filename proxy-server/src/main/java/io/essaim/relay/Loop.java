package io.essaim.relay;

import io.essaim.fault.Guarded;
import io.essaim.fleet.Backend;
import io.netty.channel.EventLoop;

/**
 * One event loop as the requests of one set of rules see it. When other rules hold, each loop gets a successor with the same pools and
 * the same sweep: a request keeps the one it began with, the next one on its connection takes the {@link #latest}.
 *
 * <p>Confined to its event loop, but for {@link #succeed} and {@link #shutDown}.
 */
public final class Loop {
    /** Something with deadlines. */
    interface Timed extends Guarded {
        /** What it throws is its own end: it is not watched any longer. */
        void sweep(long now);
    }

    private final EventLoop eventLoop;
    private final Shared shared;
    private final BackendConnector connector;
    private final Sweeper sweeper;
    private final LongWork work;
    private final BodyBudget bodies;
    private final Latest latest;

    /** Which of the successors holds now; written and read on the event loop. */
    private static final class Latest {
        Loop loop;

        Latest(Loop loop) {
            this.loop = loop;
        }
    }

    @SuppressWarnings("this-escape") // Nobody else sees it before the constructor is done.
    public Loop(EventLoop eventLoop, Shared shared, BackendConnector connector, LongWork work, BodyBudget bodies) {
        this.eventLoop = eventLoop;
        this.shared = shared;
        this.connector = connector;
        this.sweeper = new Sweeper(eventLoop, shared.ticker());
        this.work = work;
        this.bodies = bodies;
        this.latest = new Latest(this);
    }

    private Loop(Loop former, Shared shared, BackendConnector connector) {
        this.eventLoop = former.eventLoop;
        this.shared = shared;
        this.connector = connector;
        this.sweeper = former.sweeper;
        this.work = former.work;
        this.bodies = former.bodies;
        this.latest = former.latest;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    Shared shared() {
        return shared;
    }

    BackendConnector connector() {
        return connector;
    }

    LongWork work() {
        return work;
    }

    /** What the bodies of all requests may take together. */
    BodyBudget bodies() {
        return bodies;
    }

    /** This loop under the rules that hold now. */
    Loop latest() {
        return latest.loop;
    }

    long now() {
        return shared.ticker().nanos();
    }

    BackendPool pool(Backend backend) {
        return sweeper.pool(backend, this);
    }

    void watch(Timed one) {
        sweeper.watch(one);
    }

    void unwatch(Timed one) {
        sweeper.unwatch(one);
    }

    /** Lets other rules hold for the requests that begin from now on; returns when they do. Not to be called on an event loop. */
    public void succeed(Shared next, BackendConnector newConnector) {
        eventLoop
                .submit(() -> {
                    latest.loop = new Loop(this, next, newConnector);
                    sweeper.adopt(next.fleet(), newConnector);
                })
                .syncUninterruptibly();
    }

    /** Closes all idle connections to backends. Any thread. */
    public void shutDown() {
        eventLoop.submit(sweeper::close).awaitUninterruptibly(1000);
    }
}

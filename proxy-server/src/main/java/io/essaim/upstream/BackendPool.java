package io.essaim.upstream;

import io.essaim.api.Failure;
import io.essaim.api.Ticker;
import io.essaim.config.Dialect;
import io.essaim.fault.Guarded;
import io.essaim.fleet.Backend;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of one event loop to one backend, newest first. It never waits: without an idle connection a
 * new one is made. Leases, not sockets, bound how many requests a backend gets. Confined to its event loop.
 */
public final class BackendPool {
    private static final int MOST_IDLE = 64;
    private static final long HOST_IDLE = TimeUnit.SECONDS.toNanos(45);

    /**
     * A cloud must not close first: a call that is on its way then may have been read, and is paid for. The shortest that servers
     * are shipped with is 5 s (uvicorn, Node.js); load balancers wait 60 s and more.
     */
    private static final long CLOUD_IDLE = TimeUnit.SECONDS.toNanos(4);

    /** Who wants a connection. Called exactly once, maybe before the call returns. */
    public interface Waiter extends Guarded {
        void connected(BackendConnection connection);

        void failed(Failure failure);
    }

    private final Backend backend;
    private final EventLoop eventLoop;
    private final Ticker ticker;
    private BackendConnector connector;
    private final ArrayDeque<BackendConnection> idle = new ArrayDeque<>();
    private final long longest;
    private boolean closed;

    BackendPool(Backend backend, EventLoop eventLoop, Ticker ticker, BackendConnector connector) {
        this.backend = backend;
        this.eventLoop = eventLoop;
        this.ticker = ticker;
        this.connector = connector;
        this.longest = backend.rule().dialect() == Dialect.OLLAMA ? HOST_IDLE : CLOUD_IDLE;
    }

    Backend backend() {
        return backend;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    /** New connections are made by another connector from now on. */
    void connectBy(BackendConnector newConnector) {
        connector = newConnector;
    }

    /** @param fresh whether an idle connection will not do */
    public void acquire(boolean fresh, Waiter waiter) {
        @Nullable BackendConnection connection = null;
        sweep(ticker.nanos());
        while (!fresh && connection == null && !idle.isEmpty()) {
            BackendConnection candidate = idle.pop();
            if (candidate.isActive()) {
                connection = candidate;
            }
        }
        if (connection != null) {
            waiter.connected(connection);
        } else {
            connector.connect(this, waiter);
        }
    }

    void idle(BackendConnection connection) {
        if (closed || idle.size() >= MOST_IDLE) {
            connection.close();
        } else {
            connection.idleSince = ticker.nanos();
            idle.push(connection);
        }
    }

    void remove(BackendConnection connection) {
        idle.remove(connection);
    }

    boolean isEmpty() {
        return idle.isEmpty();
    }

    void sweep(long now) {
        while (!idle.isEmpty() && now - idle.getLast().idleSince > longest) {
            idle.removeLast().close();
        }
    }

    void close() {
        closed = true;
        while (!idle.isEmpty()) {
            idle.pop().close();
        }
    }
}

package io.essaim.probe;

import io.essaim.fault.OwnFault;
import io.essaim.fleet.Backend;
import io.essaim.relay.Shared;
import io.essaim.transport.Transport;
import io.essaim.transport.Trust;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks after all Ollama backends from one event loop, one {@link Watch} each. Clouds are not probed: that would cost
 * quota.
 */
public final class Prober implements AutoCloseable {
    private final List<Watch> watches = new ArrayList<>();
    private final EventLoop loop;

    public Prober(Shared shared, Transport transport, Trust trust, EventLoop loop) {
        this.loop = loop;
        for (Backend backend : shared.fleet().ollamas()) {
            watches.add(new Watch(backend, new ProbeClient(transport, trust, loop, backend), loop, shared.ticker()));
        }
    }

    /** Begins, with a probe of everything at once. */
    public void start() {
        loop.execute(() -> watches.forEach(watch -> OwnFault.each("beginning to probe", watch::start)));
    }

    @Override
    public void close() {
        loop.submit(() -> watches.forEach(Watch::stop)).awaitUninterruptibly(1000);
    }
}

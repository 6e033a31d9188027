package io.essaim.probe;

import io.essaim.api.Ticker;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.transport.BackendTrust;
import io.essaim.transport.Transport;
import io.netty.channel.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Probes all Ollama backends from one event loop, with one {@link HostProbe} each. Clouds are not probed: that would
 * cost quota. Any thread.
 */
public final class Prober implements AutoCloseable {
    private final Transport transport;
    private final EventLoop loop;
    private final Ticker ticker;

    /** Of the event loop. */
    private final Map<Backend, HostProbe> watches = new LinkedHashMap<>();

    public Prober(Transport transport, EventLoop loop, Ticker ticker) {
        this.transport = transport;
        this.loop = loop;
        this.ticker = ticker;
    }

    /** Looks after these from now on: newcomers are probed at once, those that left no more. Returns without waiting. */
    public void watch(Fleet fleet, BackendTrust trust) {
        loop.execute(() -> {
            watches.entrySet().removeIf(entry -> {
                boolean left = !fleet.has(entry.getKey());
                if (left) {
                    InternalFault.each("ending to probe", entry.getValue()::stop);
                }
                return left;
            });
            for (Backend backend : fleet.ollamas()) {
                if (!watches.containsKey(backend)) {
                    HostProbe watch =
                            new HostProbe(backend, new ProbeClient(transport, trust, loop, backend), loop, ticker);
                    watches.put(backend, watch);
                    InternalFault.each("beginning to probe", watch::start);
                }
            }
        });
    }

    @Override
    public void close() {
        loop.submit(() -> watches.values().forEach(HostProbe::stop)).awaitUninterruptibly(1000);
    }
}

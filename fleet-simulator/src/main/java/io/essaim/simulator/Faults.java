package io.essaim.simulator;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The faults of a host, switchable while it runs. Its public methods may be called from any thread and return once they are in force. */
public final class Faults {
    private final EventLoop loop;
    private final Stats stats;
    private final Consumer<Boolean> listening;
    private final List<Armed> armed = new ArrayList<>();

    private static final class Armed {
        private final Fault fault;
        private final SplittableRandom draw;
        private int left;

        Armed(Fault fault) {
            this.fault = fault;
            this.draw = new SplittableRandom(fault.seed());
            this.left = fault.times() == 0 ? Integer.MAX_VALUE : fault.times();
        }
    }

    /** {@code listening} opens and closes the listener. */
    Faults(EventLoop loop, Stats stats, Consumer<Boolean> listening) {
        this.loop = loop;
        this.stats = stats;
        this.listening = listening;
    }

    /** Puts these faults in force instead of those before. Of several that fit a request the first counts. */
    public void set(Fault... faults) {
        OnLoop.run(loop, () -> replace(List.of(faults)));
        // A listener that opens again is bound by a task of its own, one that closes needs a selection.
        OnLoop.settle(loop);
    }

    /** Takes back every fault; a closed listener opens again on the same port. Streams that a fault has stalled stay stalled. */
    public void clear() {
        set();
    }

    /** The faults in force. */
    public List<Fault> active() {
        return OnLoop.call(loop, () -> armed.stream().map(each -> each.fault).toList());
    }

    void replace(List<Fault> faults) {
        armed.clear();
        for (Fault fault : faults) {
            Armed each = new Armed(fault);
            armed.add(each);
            if (fault.forMillis() > 0) {
                var unused = loop.schedule(() -> disarm(each), fault.forMillis(), TimeUnit.MILLISECONDS);
            }
        }
        applyListening();
    }

    private void disarm(Armed each) {
        if (armed.remove(each)) {
            applyListening();
        }
    }

    private void applyListening() {
        listening.accept(armed.stream().noneMatch(each -> each.fault.kind() == Fault.Kind.REFUSE_CONNECTIONS));
    }

    /** The fault that hits a request for this route, or null. It is counted as used. */
    @Nullable
    Fault pick(boolean inference, boolean generates) {
        for (Armed each : armed) {
            Fault fault = each.fault;
            boolean fits = fault.kind() != Fault.Kind.REFUSE_CONNECTIONS
                    && (inference || fault.allRoutes())
                    && (generates || !fault.kind().isWhileGenerating() || fault.kind() == Fault.Kind.SLOW);
            if (fits && each.left > 0 && each.draw.nextDouble() < fault.probability()) {
                each.left--;
                stats.faultsInjected++;
                return fault;
            }
        }
        return null;
    }
}

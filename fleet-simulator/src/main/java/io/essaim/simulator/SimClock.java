package io.essaim.simulator;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Simulated time, in nanoseconds since the start of the host. Work is scheduled at absolute instants and reckons with those, not with the
 * moment its timer fired, so a late timer neither drifts nor shows up in the durations that the host reports.
 */
final class SimClock {
    private static final long LONGEST_QUANTUM_NANOS = 4_000_000;

    private final EventLoop loop;
    private final double scale;
    private final long quantum;
    private final long origin = System.nanoTime();

    SimClock(EventLoop loop, HostProfile profile) {
        this.loop = loop;
        this.scale = profile.behaviour().timeScale();
        double realNanosPerToken = 1e9 / profile.speed().tokensPerSecond() / scale;
        this.quantum = (long) Math.max(1, Math.min(LONGEST_QUANTUM_NANOS, realNanosPerToken / 8));
    }

    long now() {
        return (long) ((System.nanoTime() - origin) * scale);
    }

    /** Runs the work on the event loop at this simulated instant, or as soon as possible if it is past. */
    ScheduledFuture<?> at(long due, Runnable work) {
        // Timers a few milliseconds apart share a wake-up: hundreds of streams would otherwise keep the loop from ever
        // sleeping.
        long real = Math.min(Long.MAX_VALUE / 2, realNanos(due));
        real = (real + quantum - 1) / quantum * quantum;
        return loop.schedule(work, Math.max(0, real - (System.nanoTime() - origin)), TimeUnit.NANOSECONDS);
    }

    /** The wall clock at this simulated instant. */
    Instant wall(long due) {
        return Instant.now().plusNanos(realNanos(due - now()));
    }

    private long realNanos(long simulated) {
        return (long) (simulated / scale);
    }
}

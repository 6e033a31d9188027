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
    private final EventLoop loop;
    private final double scale;
    private final long origin = System.nanoTime();

    SimClock(EventLoop loop, double scale) {
        this.loop = loop;
        this.scale = scale;
    }

    long now() {
        return (long) ((System.nanoTime() - origin) * scale);
    }

    /** Runs the work on the event loop at this simulated instant, or as soon as possible if it is past. */
    ScheduledFuture<?> at(long due, Runnable work) {
        return loop.schedule(work, realNanos(Math.max(0, due - now())), TimeUnit.NANOSECONDS);
    }

    /** The wall clock at this simulated instant. */
    Instant wall(long due) {
        return Instant.now().plusNanos(realNanos(due - now()));
    }

    private long realNanos(long simulated) {
        return (long) (simulated / scale);
    }
}

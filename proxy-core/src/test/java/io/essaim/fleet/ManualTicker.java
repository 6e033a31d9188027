package io.essaim.fleet;

import io.essaim.api.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes on command. It begins near the overflow of a long, where wrong comparisons show. */
public final class ManualTicker implements Ticker {
    private final AtomicLong now =
            new AtomicLong(Long.MAX_VALUE - Duration.ofMinutes(7).toNanos());

    @Override
    public long nanos() {
        return now.get();
    }

    public void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    public void passSeconds(double seconds) {
        now.addAndGet((long) (seconds * 1e9));
    }
}

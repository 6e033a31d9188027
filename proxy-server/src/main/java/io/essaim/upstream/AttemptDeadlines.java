package io.essaim.upstream;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.config.Timeouts;
import io.essaim.fleet.Lease;
import io.essaim.selection.FirstByteDeadline;
import org.jspecify.annotations.Nullable;

/** How long a backend may take over an answer, and a client over reading it. Nanoseconds of the loop's clock. */
public final class AttemptDeadlines {
    private final Timeouts timeouts;
    private final long since;
    private final long firstBy;
    private long lastByte;
    private long pausedSince;
    private boolean paused;

    public static AttemptDeadlines of(Timeouts timeouts, long now, Lease lease, BackendRequest request) {
        boolean streaming = request.operation().streams(request.fields().stream());
        long patience = FirstByteDeadline.firstByte(lease, request.body().readableBytes(), streaming, timeouts);
        return new AttemptDeadlines(timeouts, now, patience);
    }

    /** For a cloud, of which nothing is learned. */
    public static AttemptDeadlines ofCloud(Timeouts timeouts, long now, boolean streaming) {
        long patience = (streaming ? timeouts.firstToken() : timeouts.whole()).toNanos();
        return new AttemptDeadlines(timeouts, now, patience);
    }

    /** @param patience how long the answer may take to begin */
    private AttemptDeadlines(Timeouts timeouts, long now, long patience) {
        this.timeouts = timeouts;
        this.since = now;
        this.firstBy = now + patience;
        this.lastByte = now;
    }

    public void byteCame(long now) {
        lastByte = now;
    }

    /** @return whether this changes anything */
    public boolean pause(boolean stop, long now) {
        if (stop == paused) {
            return false;
        }
        paused = stop;
        pausedSince = now;
        lastByte = now;
        return true;
    }

    /** Seconds until the answer has to begin. */
    public double restSeconds(long now) {
        return (firstBy - now) / 1e9;
    }

    /** Whether more than half of the time for it to begin is over. */
    public boolean pastHalf(long now) {
        return now - since > firstBy - now;
    }

    /** @param begun whether the answer has begun */
    @Nullable
    public Failure late(long now, boolean begun) {
        if (!begun) {
            return now - firstBy > 0 ? new Failure(Kind.FIRST_TOKEN_TIMEOUT, "it did not answer in time") : null;
        }
        if (paused) {
            return now - pausedSince > timeouts.clientWrite().toNanos()
                    ? new Failure(Kind.CLIENT_STALLED, "the client does not read")
                    : null;
        }
        return now - lastByte > timeouts.idle().toNanos()
                ? new Failure(Kind.IDLE_TIMEOUT, "it stopped in the middle of its answer")
                : null;
    }
}

package io.essaim.fleet;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.api.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request's place on one backend. Whoever holds it ends it exactly once, with what the backend deserves; a second end
 * does nothing. The counts in flight and the breaker's permit live and die with it. Used on one event loop.
 */
public final class Lease {
    private static final long SATURATED_FOR = TimeUnit.SECONDS.toNanos(1);

    private final Backend backend;
    private final ModelTimes times;
    private final BreakerGate.Permit permit;
    private final boolean warm;
    private final Ticker ticker;
    private final long since;
    private final AtomicBoolean ended = new AtomicBoolean();
    private boolean begun;
    private boolean teaches = true;
    private long loading;

    Lease(Backend backend, ModelTimes times, BreakerGate.Permit permit, boolean warm, Ticker ticker) {
        this.backend = backend;
        this.times = times;
        this.permit = permit;
        this.warm = warm;
        this.ticker = ticker;
        this.since = ticker.nanos();
    }

    public Backend backend() {
        return backend;
    }

    /** Whether the model was believed to be loaded when the lease was taken. */
    public boolean warm() {
        return warm;
    }

    public ModelTimes times() {
        return times;
    }

    /** The model does not run for this request, so its times say nothing about the model. Before {@link #firstToken}. */
    public void teachesNothing() {
        teaches = false;
    }

    /** The answer began; {@code streaming} tells whether its first byte means the first token. */
    public void firstToken(boolean streaming) {
        if (begun) {
            return;
        }
        begun = true;
        long now = ticker.nanos();
        long firstAfter = now - since;
        if (teaches) {
            if (streaming) {
                times.observeFirstToken(firstAfter, warm);
                loading = warm ? 0 : firstAfter;
            }
            times.succeeded(warm, now);
        }
        permit.end(Outcome.OK, firstAfter);
    }

    /**
     * Ends the lease with a failure and draws its consequences for the backend: a host that refuses connections is down, one
     * that breaks them is looked after, a model that cannot run is not asked for there again for a while.
     *
     * @param retryAfterNanos how long a saturated backend asked to be spared; 0 when it named no time
     */
    public void failed(Failure failure, long retryAfterNanos) {
        switch (failure.kind()) {
            case SATURATED -> backend.saturated(retryAfterNanos > 0 ? retryAfterNanos : SATURATED_FOR);
            case CONNECT_REFUSED -> {
                backend.down(failure.message());
                backend.doubt(Backend.Doubt.ALIVE);
            }
            case CONNECT_TIMEOUT, LOST, CUT -> backend.doubt(Backend.Doubt.ALIVE);
            case MODEL_BROKEN -> {
                times.broke(ticker.nanos());
                backend.doubt(Backend.Doubt.INVENTORY);
            }
            case MODEL_MISSING -> backend.doubt(Backend.Doubt.INVENTORY);
            default -> {}
        }
        end(failure.outcome());
    }

    /** Ends the lease. After {@link #firstToken} only a FAIL still tells the breaker something. */
    public void end(Outcome outcome) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        long took = ticker.nanos() - since;
        if (outcome == Outcome.OK && teaches) {
            // Of a streamed answer the load can be told apart: it lies before the first token.
            times.observeOccupied(took - loading, warm);
        }
        times.leave();
        backend.release();
        if (begun && outcome == Outcome.FAIL) {
            permit.failLate(took);
        } else {
            permit.end(outcome, took);
        }
        backend.tellFreed();
    }
}

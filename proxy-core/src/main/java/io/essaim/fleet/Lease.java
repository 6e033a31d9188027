package io.essaim.fleet;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.learn.ActiveGeneration;
import io.essaim.learn.GenerationFindings;
import io.essaim.learn.Prediction;
import io.essaim.learn.ReportedTimings;
import io.essaim.model.ModelName;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request's slot on one backend. It is ended exactly once, with the outcome that the backend earned; a second end
 * does nothing. The counts in flight and the breaker's permit end with it. Used on one event loop.
 */
public final class Lease {
    private static final long SATURATED_FOR = TimeUnit.SECONDS.toNanos(1);

    private final Backend backend;
    private final ModelState state;
    private final BreakerGate.Permit permit;
    private final boolean warm;
    private final Prediction prediction;
    private final ActiveGeneration generation;
    private final long since;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ModelName model;
    private final SlotOwner caller;
    private long memory;
    private boolean begun;
    private boolean teaches = true;

    /** Last of all it is counted in the estimates: who fails before has nothing to undo there. */
    Lease(Backend backend, ModelName model, BreakerGate.Permit permit, boolean warm, RequestForecast forecast) {
        this.caller = forecast.caller();
        this.backend = backend;
        this.model = model;
        this.state = backend.state(model);
        this.permit = permit;
        this.warm = warm;
        this.prediction = forecast.prediction();
        this.since = backend.now();
        this.memory = backend.generation(model);
        this.generation = state.estimates().begin(forecast.demand(), prediction, forecast.lateSeconds(), since);
    }

    public Backend backend() {
        return backend;
    }

    /** Whether the model was believed to be loaded when the lease was taken. */
    public boolean warm() {
        return warm;
    }

    /** What was expected of the request when the lease was taken. */
    public Prediction prediction() {
        return prediction;
    }

    /** The {@linkplain Backend#generation generation} of the model that this request ran in, as far as is known. */
    public long memory() {
        return memory;
    }

    /** The model does not run for this request, so it says nothing about the model. Before {@link #firstToken}. */
    public void teachesNothing() {
        teaches = false;
        generation.abandoned(backend.now());
    }

    /** The model was brought into memory for this request by another one, for which it waited. */
    public void loaded() {
        generation.loaded(backend.now());
        memory = backend.generation(model);
    }

    /** The answer began; {@code streaming} tells whether its first byte means the first token. */
    public void firstToken(boolean streaming) {
        if (begun) {
            return;
        }
        begun = true;
        long now = backend.now();
        if (teaches) {
            if (streaming) {
                generation.progress(1, now);
            }
            state.succeeded(now);
        }
        permit.end(Outcome.OK, now - since);
    }

    /**
     * More of the answer came.
     *
     * @param parts frames that came until now
     */
    public void progress(int parts) {
        if (parts > 0) {
            generation.progress(parts, backend.now());
        }
    }

    /**
     * The whole answer came, which teaches; {@link #end} follows.
     *
     * @param timings what the backend said of it
     */
    public GenerationFindings answered(ReportedTimings timings) {
        GenerationFindings findings = generation.finished(timings, backend.now());
        if (findings.loaded() && memory == backend.generation(model)) {
            state.replaced(); // It was not in memory any more, or with other options.
            memory = backend.generation(model);
        }
        return findings;
    }

    /**
     * Ends the lease with a failure and draws its consequences for the backend: a host that refuses connections is down, one
     * that breaks them is looked after, a model that cannot run is not asked for there again for a while.
     *
     * @param retryAfterNanos how long a saturated backend asked to be spared; 0 when it named no time
     */
    public void failed(Failure failure, long retryAfterNanos) {
        try {
            draw(failure, retryAfterNanos);
        } finally {
            end(failure.outcome());
        }
    }

    private void draw(Failure failure, long retryAfterNanos) {
        switch (failure.kind()) {
            case SATURATED -> backend.saturated(retryAfterNanos > 0 ? retryAfterNanos : SATURATED_FOR);
            case CONNECT_REFUSED -> {
                backend.down(failure.message());
                backend.doubt(Backend.Doubt.ALIVE);
            }
            case CONNECT_TIMEOUT, LOST, CUT -> backend.doubt(Backend.Doubt.ALIVE);
            case MODEL_BROKEN -> {
                state.broke(backend.now());
                backend.doubt(Backend.Doubt.INVENTORY);
            }
            case MODEL_MISSING -> backend.doubt(Backend.Doubt.INVENTORY);
            default -> {}
        }
    }

    /**
     * Ends the lease; what has not {@link #answered} counts as broken off. After {@link #firstToken} only a FAIL still tells the breaker something. The slot
     * is given back whatever goes wrong on the way.
     */
    public void end(Outcome outcome) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        long now = since;
        try {
            now = backend.now();
            generation.abandoned(now);
        } finally {
            backend.release(state, caller, now);
            try {
                tell(outcome, now);
            } finally {
                backend.tellFreed();
            }
        }
    }

    private void tell(Outcome outcome, long now) {
        if (begun && outcome == Outcome.FAIL) {
            permit.failLate(now - since, now);
        } else {
            permit.end(outcome, now - since, now);
        }
    }
}

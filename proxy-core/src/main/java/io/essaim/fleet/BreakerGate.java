package io.essaim.fleet;

import io.essaim.api.Failure.Outcome;
import io.essaim.api.Ticker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The circuit breaker of one backend: Resilience4j's state machine behind permits that end exactly once and know the
 * state they were given in.
 *
 * <p><b>Why a guard.</b> Resilience4j 2.4 applies an outcome to the state of the moment, not to the one that admitted the
 * call. With answers that stream for minutes that is the rule, not the exception: a success from before the trip would
 * close a half-open breaker, and each cancelled old call would mint a half-open permit. Here every change of state opens a
 * new epoch, and the end of a permit of an older epoch is dropped.
 *
 * <p><b>What is measured.</b> The time to the first token, never the length of the answer.
 *
 * <p><b>Coming back.</b> Open ends after a wait that doubles from trip to trip. Half-open admits nobody until the probe
 * has found the host alive again ({@link #probed}); then {@link #TRIALS} users at a time.
 *
 * <p>Thread-safe; short locks only, nothing waits. No scheduler: {@link #refresh} is called by whoever looks.
 */
public final class BreakerGate {
    private static final int WINDOW = 10;
    private static final int FEWEST_CALLS = 4;
    private static final int CONSECUTIVE_LIMIT = 3;
    private static final int TRIALS = 2;
    private static final long FIRST_WAIT = TimeUnit.SECONDS.toNanos(2);
    private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(60);
    private static final long STALE_WINDOW = TimeUnit.MINUTES.toNanos(10);

    private final CircuitBreaker breaker;
    private final Ticker ticker;
    private long epoch;
    private long openUntil;
    private long wait = FIRST_WAIT;
    private long lastEnd;
    private int consecutive;
    private boolean probed;

    /** @param name the backend's name, for Resilience4j's messages */
    public BreakerGate(String name, Ticker ticker) {
        this.ticker = ticker;
        this.lastEnd = ticker.nanos();
        this.breaker = CircuitBreaker.of(
                name,
                CircuitBreakerConfig.custom()
                        .slidingWindow(WINDOW, FEWEST_CALLS, SlidingWindowType.COUNT_BASED)
                        .failureRateThreshold(50)
                        .slowCallRateThreshold(100)
                        .slowCallDurationThreshold(Duration.ofHours(1))
                        .permittedNumberOfCallsInHalfOpenState(TRIALS)
                        .waitDurationInOpenState(Duration.ofHours(1))
                        .automaticTransitionFromOpenToHalfOpenEnabled(false)
                        .writableStackTraceEnabled(false)
                        .build());
    }

    /** What the gate would say now, without taking anything. */
    public enum Standing {
        CLOSED,
        /** Half-open and proven alive: some trials are let through. */
        TRIAL,
        OPEN
    }

    /** Moves on with time and tells the standing. Cheap enough for every request. */
    public synchronized Standing refresh() {
        long now = ticker.nanos();
        State state = breaker.getState();
        if (state == State.OPEN && now - openUntil >= 0) {
            enter(state, State.HALF_OPEN);
            state = State.HALF_OPEN;
        } else if (state == State.CLOSED && now - lastEnd > STALE_WINDOW) {
            // A count window has no age: yesterday's failures must not add to today's.
            breaker.reset();
            consecutive = 0;
            lastEnd = now;
            epoch++;
        }
        return switch (state) {
            case CLOSED -> Standing.CLOSED;
            case HALF_OPEN -> probed ? Standing.TRIAL : Standing.OPEN;
            default -> Standing.OPEN;
        };
    }

    /** A permit, or null when the gate is closed to users now. The caller must end every permit. */
    public synchronized @Nullable Permit tryEnter() {
        if (refresh() == Standing.OPEN || !breaker.tryAcquirePermission()) {
            return null;
        }
        return new Permit(this, epoch);
    }

    /** A permit that no outcome of which counts, for the last backend that is left: its answer is better than none. */
    public Permit enterRegardless() {
        return new Permit(this, -1);
    }

    /** The liveness probe succeeded: a half-open gate may now try users. Never closes the gate by itself. */
    public synchronized void probed() {
        if (refresh() != Standing.CLOSED) {
            probed = breaker.getState() == State.HALF_OPEN;
        }
    }

    /** A refused connection was confirmed by the probe: open now, whatever the window says. */
    public synchronized void trip() {
        if (breaker.getState() != State.OPEN) {
            open();
        }
    }

    /** Nanoseconds until a half-open trial may start; 0 when not open. */
    public synchronized long retryIn() {
        return breaker.getState() == State.OPEN ? Math.max(0, openUntil - ticker.nanos()) : 0;
    }

    private synchronized void end(Permit permit, Outcome outcome, long firstTokenNanos) {
        if (permit.epoch != epoch) {
            return;
        }
        lastEnd = ticker.nanos();
        State before = breaker.getState();
        switch (outcome) {
            case OK -> {
                consecutive = 0;
                breaker.onSuccess(firstTokenNanos, TimeUnit.NANOSECONDS);
            }
            case FAIL -> fail(firstTokenNanos);
            case SATURATED -> {
                if (before == State.HALF_OPEN) {
                    fail(firstTokenNanos);
                } else {
                    breaker.releasePermission();
                }
            }
            case NEUTRAL -> breaker.releasePermission();
        }
        follow(before);
    }

    private synchronized void failLate(Permit permit, long nanos) {
        if (permit.epoch == epoch && breaker.getState() == State.CLOSED) {
            fail(nanos);
            follow(State.CLOSED);
        }
    }

    private void fail(long nanos) {
        consecutive++;
        breaker.onError(nanos, TimeUnit.NANOSECONDS, new Stackless());
        if (consecutive >= CONSECUTIVE_LIMIT && breaker.getState() == State.CLOSED) {
            breaker.transitionToOpenState();
        }
    }

    /** Resilience4j may have changed its state by itself: draws the consequences. */
    private void follow(State before) {
        State after = breaker.getState();
        if (after == before) {
            return;
        }
        epoch++;
        probed = false;
        if (after == State.OPEN) {
            startWait();
        } else if (after == State.CLOSED) {
            wait = FIRST_WAIT;
            consecutive = 0;
        }
    }

    private void open() {
        enter(breaker.getState(), State.OPEN);
        startWait();
    }

    private void enter(State from, State to) {
        if (to == State.HALF_OPEN) {
            breaker.transitionToHalfOpenState();
        } else if (from != to) {
            breaker.transitionToOpenState();
        }
        epoch++;
        probed = false;
    }

    private void startWait() {
        openUntil = ticker.nanos() + wait;
        wait = Math.min(LONGEST_WAIT, wait * 2);
    }

    /** The right to one attempt. Ends once; later ends do nothing. Any thread. */
    public static final class Permit {
        private final BreakerGate gate;
        private final long epoch;
        private final AtomicBoolean ended = new AtomicBoolean();

        Permit(BreakerGate gate, long epoch) {
            this.gate = gate;
            this.epoch = epoch;
        }

        /**
         * Ends the attempt as the breaker sees it.
         *
         * @param firstTokenNanos nanoseconds from sending to the first token, or to the failure; at least 0
         */
        public void end(Outcome outcome, long firstTokenNanos) {
            if (ended.compareAndSet(false, true)) {
                gate.end(this, outcome, firstTokenNanos);
            }
        }

        /** An answer that had begun well broke: counts as one more failure while the gate is still the same closed one. */
        void failLate(long nanos) {
            gate.failLate(this, nanos);
        }
    }

    private static final class Stackless extends Exception {
        private static final long serialVersionUID = 1L;

        Stackless() {
            super("attempt failed", null, false, false);
        }
    }
}

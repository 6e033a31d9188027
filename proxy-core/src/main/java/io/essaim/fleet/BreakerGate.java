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
 * has found the host alive again ({@link #probed}); then {@link #TRIALS} users at a time. Their first verdict decides:
 * waiting for the second, as Resilience4j does, would leave a healthy host closed for as long as a hung trial hangs.
 *
 * <p><b>Safety net.</b> Should both trials of a half-open gate never end, it opens again after {@link #LOST_TRIAL}, longer
 * than any attempt is waited for, and comes back with fresh ones.
 *
 * <p>Thread-safe; short locks only, nothing waits. No scheduler: callers of the state call {@link #refresh}.
 */
public final class BreakerGate {
    private static final int WINDOW = 10;
    private static final int FEWEST_CALLS = 4;
    private static final int CONSECUTIVE_LIMIT = 3;
    private static final int TRIALS = 2;
    private static final long FIRST_WAIT = TimeUnit.SECONDS.toNanos(2);
    private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(60);
    private static final long STALE_WINDOW = TimeUnit.MINUTES.toNanos(10);
    private static final long LOST_TRIAL = TimeUnit.MINUTES.toNanos(15);

    private final CircuitBreaker breaker;
    private final Ticker ticker;
    private long epoch;
    private long openUntil;
    private long wait = FIRST_WAIT;
    private long lastVerdict;
    private int consecutive;
    private boolean probed;
    private int trialsOut;
    private long lastTrial;

    /** @param name the backend's name, for Resilience4j's messages */
    public BreakerGate(String name, Ticker ticker) {
        this.ticker = ticker;
        this.lastVerdict = ticker.nanos();
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
    public Standing refresh() {
        return refresh(ticker.nanos());
    }

    /** @param now ticker nanoseconds, for callers that look at many gates */
    public synchronized Standing refresh(long now) {
        State state = breaker.getState();
        if (state == State.OPEN && now - openUntil >= 0) {
            breaker.transitionToHalfOpenState();
            arrived(State.HALF_OPEN, now);
        } else if (state == State.HALF_OPEN && trialsOut >= TRIALS && now - lastTrial > LOST_TRIAL) {
            breaker.transitionToOpenState();
            arrived(State.OPEN, now);
        } else if (state == State.CLOSED && now - lastVerdict > STALE_WINDOW) {
            // A count window has no age: yesterday's failures must not add to today's. The epoch stays: an attempt that
            // hangs for as long as the window lasts must still be able to say so.
            breaker.reset();
            consecutive = 0;
            lastVerdict = now;
        }
        return switch (breaker.getState()) {
            case CLOSED -> Standing.CLOSED;
            case HALF_OPEN -> probed ? Standing.TRIAL : Standing.OPEN;
            default -> Standing.OPEN;
        };
    }

    /** A permit, or null when the gate is closed to users now. The caller must end every permit. */
    public synchronized @Nullable Permit tryEnter() {
        long now = ticker.nanos();
        Standing standing = refresh(now);
        if (standing == Standing.OPEN || !breaker.tryAcquirePermission()) {
            return null;
        }
        if (standing == Standing.TRIAL) {
            trialsOut++;
            lastTrial = now;
        }
        return new Permit(this, epoch, false);
    }

    /**
     * A permit in any state, for the last backend that is left: its answer is better than none. While the gate is not closed
     * a success closes it (better proof than any probe), and nothing else counts.
     */
    public synchronized Permit enterRegardless() {
        boolean closed = refresh() == Standing.CLOSED && breaker.tryAcquirePermission();
        return new Permit(this, epoch, !closed);
    }

    /** The liveness probe succeeded: a half-open gate may now try users. Never closes the gate by itself. */
    public synchronized void probed() {
        if (refresh() != Standing.CLOSED) {
            probed = breaker.getState() == State.HALF_OPEN;
        }
    }

    /** Nanoseconds until a half-open trial may start; 0 when not open. */
    public synchronized long retryIn() {
        return breaker.getState() == State.OPEN ? Math.max(0, openUntil - ticker.nanos()) : 0;
    }

    private synchronized void end(Permit permit, Outcome outcome, long firstTokenNanos, long now) {
        State before = breaker.getState();
        if (permit.epoch != epoch || permit.lastResort && outcome != Outcome.OK) {
            return;
        }
        boolean trial = before == State.HALF_OPEN && !permit.lastResort;
        trialsOut -= trial ? 1 : 0;
        switch (outcome) {
            case OK -> succeed(before, firstTokenNanos, now);
            case FAIL -> fail(before, firstTokenNanos, now);
            case SATURATED -> {
                if (trial) {
                    fail(before, firstTokenNanos, now);
                } else {
                    breaker.releasePermission();
                }
            }
            case NEUTRAL -> breaker.releasePermission();
        }
        follow(before, now);
    }

    private synchronized void failLate(Permit permit, long nanos, long now) {
        if (permit.epoch == epoch && breaker.getState() == State.CLOSED) {
            fail(State.CLOSED, nanos, now);
            follow(State.CLOSED, now);
        }
    }

    private void succeed(State before, long nanos, long now) {
        consecutive = 0;
        lastVerdict = now;
        if (before == State.CLOSED) {
            breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
        } else {
            breaker.transitionToClosedState();
        }
    }

    private void fail(State before, long nanos, long now) {
        consecutive++;
        lastVerdict = now;
        breaker.onError(nanos, TimeUnit.NANOSECONDS, new Stackless());
        boolean enough = before == State.HALF_OPEN || consecutive >= CONSECUTIVE_LIMIT;
        if (enough && breaker.getState() == before) {
            breaker.transitionToOpenState();
        }
    }

    /** Draws the consequences of a change of state, also one that Resilience4j made by itself. */
    private void follow(State before, long now) {
        State after = breaker.getState();
        if (after != before) {
            arrived(after, now);
        }
    }

    private void arrived(State state, long now) {
        epoch++;
        probed = false;
        trialsOut = 0;
        if (state == State.OPEN) {
            openUntil = now + wait;
            wait = Math.min(LONGEST_WAIT, wait * 2);
        } else if (state == State.CLOSED) {
            wait = FIRST_WAIT;
            consecutive = 0;
        }
    }

    /** The right to one attempt. Ends once; later ends do nothing. Any thread. */
    public static final class Permit {
        private final BreakerGate gate;
        private final long epoch;
        private final boolean lastResort;
        private final AtomicBoolean ended = new AtomicBoolean();

        Permit(BreakerGate gate, long epoch, boolean lastResort) {
            this.gate = gate;
            this.epoch = epoch;
            this.lastResort = lastResort;
        }

        /**
         * Ends the attempt as the breaker sees it.
         *
         * @param firstTokenNanos nanoseconds from sending to the first token, or to the failure; at least 0
         */
        public void end(Outcome outcome, long firstTokenNanos) {
            end(outcome, firstTokenNanos, gate.ticker.nanos());
        }

        void end(Outcome outcome, long firstTokenNanos, long now) {
            if (ended.compareAndSet(false, true)) {
                gate.end(this, outcome, firstTokenNanos, now);
            }
        }

        /** An answer that had begun well broke: counts as one more failure while the gate is still the same closed one. */
        public void failLate(long nanos) {
            failLate(nanos, gate.ticker.nanos());
        }

        void failLate(long nanos, long now) {
            gate.failLate(this, nanos, now);
        }
    }

    private static final class Stackless extends Exception {
        private static final long serialVersionUID = 1L;

        Stackless() {
            super("attempt failed", null, false, false);
        }
    }
}

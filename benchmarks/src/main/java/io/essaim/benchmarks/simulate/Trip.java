package io.essaim.benchmarks.simulate;

/**
 * A plain circuit breaker: three failures in a row close a host to all for 5 s, doubled from trip to trip up to 80 s; then one
 * request may try.
 */
final class Trip {
    private static final int IN_A_ROW = 3;
    private static final double FIRST_PAUSE = 5;
    private static final int MOST_DOUBLINGS = 4;

    private final Clock clock;
    private final Draws draws;
    private int failures;
    private int trips;
    private double closedUntil;
    private boolean tripped;
    private boolean trying;

    Trip(Clock clock, Draws draws) {
        this.clock = clock;
        this.draws = draws;
    }

    boolean admits() {
        return !tripped || clock.now() >= closedUntil && !trying;
    }

    void sent() {
        trying = tripped;
    }

    void firstToken() {
        failures = 0;
        if (tripped) {
            tripped = false;
            trips = 0;
        }
        trying = false;
    }

    void failed() {
        failures++;
        if (trying || failures >= IN_A_ROW) {
            double jitter = 0.8 + 0.4 * draws.uniform();
            closedUntil = clock.now() + FIRST_PAUSE * jitter * (1 << Math.min(trips, MOST_DOUBLINGS));
            tripped = true;
            trips++;
            trying = false;
            failures = 0;
        }
    }

    /** The attempt said nothing about the host. */
    void left() {
        trying = false;
    }
}

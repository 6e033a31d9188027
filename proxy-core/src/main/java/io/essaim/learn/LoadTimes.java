package io.essaim.learn;

/** How long the load of a model takes, and whether one is under way. Guarded by its {@link BackendEstimates}. */
final class LoadTimes {
    private static final double LEAST_PRIOR = 0.001;

    private final double prior;
    private final LogMean seconds;
    private long since;
    private double likely;

    /** @param prior seconds, by the class of the backend */
    LoadTimes(double prior) {
        this.prior = prior;
        this.seconds = new LogMean(Math.max(LEAST_PRIOR, prior));
    }

    void observe(double took, long now) {
        seconds.observe(took, now);
    }

    /**
     * Seconds that a load takes.
     *
     * @param otherwise seconds that it is likely to take, until a load was seen; 0 leaves it to the class of the backend
     */
    double seconds(double otherwise) {
        if (seconds.observed()) {
            return seconds.value();
        }
        return otherwise > 0 ? otherwise : prior;
    }

    /** Seconds that the load under way is expected to take still; below 0 when it is late. */
    double left(long now) {
        return seconds(likely) - (now - since) / 1e9;
    }

    /** @param otherwise see {@link #seconds} */
    void began(double otherwise, long now) {
        since = now;
        likely = otherwise;
    }

    /** The load that {@link #began} is done. */
    void ended(long now) {
        observe((now - since) / 1e9, now);
    }

    boolean observed() {
        return seconds.observed();
    }

    EstimateSnapshot.Figure snapshot(long now) {
        return seconds.snapshot(now);
    }

    void restore(EstimateSnapshot.Figure saved, long then) {
        seconds.restore(saved, then);
    }
}

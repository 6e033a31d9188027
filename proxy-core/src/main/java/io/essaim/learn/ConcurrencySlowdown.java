package io.essaim.learn;

/**
 * How much slower prompts are read while others run: {@code 1 + share (n - 1)} times with n at once. The share is a
 * property of the machine: 1 where all share one processor that does one thing after the other, near 0 where it has
 * room. Learned by normalised least mean squares from how prompt times change with n; an error that is the same for
 * every n belongs to the speed. Guarded by its {@link BackendEstimates}.
 */
final class ConcurrencySlowdown {
    static final double MOST = 2;

    private static final double USUAL = 0.8;
    private static final double RATE = 0.03;

    /** Of the variance; where n hardly varies nothing is learned. */
    private static final double LEAST_VARIANCE = 0.05;

    private double share = USUAL;
    private double mean;
    private double variance;
    private boolean seen;

    double share() {
        return share;
    }

    /** Does nothing once something was learned. */
    void restore(double saved) {
        share = seen ? share : saved;
    }

    /** @param running generations at once, this one included */
    double times(double running) {
        return 1 + share * Math.max(0, running - 1);
    }

    /**
     * A prompt was read.
     *
     * @param surprise logarithm of the time that it took over the expected one
     */
    void observe(double surprise, Concurrency crowd) {
        double slope = (crowd.running() - 1) / crowd.slowdown(); // Of the logarithm, with the share.
        double off = seen ? slope - mean : 0;
        mean = seen ? mean + RATE * off : slope;
        variance += RATE * (off * off - variance);
        seen = true;
        double step = RATE * Confidence.clipped(surprise) * off / Math.max(LEAST_VARIANCE, variance);
        share = Math.max(0, Math.min(MOST, share + step));
    }
}

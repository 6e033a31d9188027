package io.essaim.learn;

/**
 * Seconds per output token while n generations run: {@code d(n) = theta0 + theta1 (n - 1)}, by recursive least squares with
 * forgetting (Ljung, System Identification, 11.2) weighted for noise that is a factor, robust as {@link Confidence} says. A
 * contradiction of a known curve, and the first observations of an unknown one, scale the whole curve: how much a host slows
 * down under several is better known than how fast it is. Not thread-safe.
 */
final class DecodeTimes {
    static final double LEAST = 1e-4;
    static final double MOST = 60;

    /** A crowd never costs more per head than twice what one alone costs. */
    static final double MOST_CROWD = 2;

    private static final double FORGETTING = 0.97;
    private static final double LEAST_DOUBT = 0.02;
    private static final double LEAST_CROWD_DOUBT = 0.005;
    private static final double MOST_DOUBT = 4;
    private static final double MOST_CORRELATION = 0.95;

    private final Confidence certainty = new Confidence();
    private double alone;

    /** Whether what was known turned out to be wrong, and is not settled yet. */
    private boolean stepped;

    private double crowd;

    // The covariance, as a multiple of the noise.
    private double p00;
    private double p01;
    private double p11;

    DecodeTimes(double alone, double crowd) {
        this.alone = alone;
        this.crowd = crowd;
        bound();
        forgetCovariance();
    }

    /**
     * Learns from tokens that were written.
     *
     * @param seconds per token, more than 0; anything else is ignored
     * @param running generations that ran meanwhile on average, at least 1
     * @param share of a whole answer that was looked at, above 0 and at most 1
     * @return by which factor the host was found to have become slower: 1 while nothing contradicts what was known
     */
    double observe(double seconds, double running, double share, long now) {
        if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY && running >= 1)) {
            return 1;
        }
        double before = alone;
        double observed = clamp(seconds, LEAST, MOST);
        double surprise = Math.log(observed / at(running));
        switch (certainty.judge(surprise, share, now)) {
            case EARLY -> scale(surprise * share * certainty.newest());
            case STEP -> {
                stepped = true;
                scale(surprise / 2);
                forgetCovariance();
            }
            case EXPECTED -> {
                stepped = false;
                fit(observed, running, share);
            }
            case STRAY -> fit(at(running) * Math.exp(Confidence.clipped(surprise)), running, share);
        }
        certainty.add(share);
        bound();
        return stepped ? alone / before : 1;
    }

    /** Something else says that it takes so many times as long now; the next observation counts as the first one does. */
    void slowed(double factor) {
        scale(Math.log(factor));
        certainty.forget();
        forgetCovariance();
        bound();
    }

    private void scale(double logarithm) {
        double factor = Math.exp(logarithm);
        alone *= factor;
        crowd *= factor;
    }

    private void fit(double seconds, double running, double share) {
        double others = running - 1;
        double relative = alone / at(running);
        double weight = share * relative * relative; // noise grows with the value
        double forgetting = share == 1 ? FORGETTING : Math.pow(FORGETTING, share);
        double q0 = p00 + p01 * others;
        double q1 = p01 + p11 * others;
        double scale = forgetting / weight + q0 + q1 * others;
        double g0 = q0 / scale;
        double g1 = q1 / scale;
        double error = seconds - at(running);
        alone += g0 * error;
        crowd += g1 * error;
        p00 = clamp((p00 - g0 * q0) / forgetting, LEAST_DOUBT, MOST_DOUBT);
        p11 = clamp((p11 - g1 * q1) / forgetting, LEAST_CROWD_DOUBT, MOST_DOUBT);
        double most = MOST_CORRELATION * Math.sqrt(p00 * p11);
        p01 = clamp((p01 - g0 * q1) / forgetting, -most, most);
    }

    private void bound() {
        alone = clamp(alone, LEAST, MOST);
        crowd = clamp(crowd, 0, MOST_CROWD * alone);
    }

    private void forgetCovariance() {
        p00 = 1;
        p01 = 0;
        p11 = 0.5;
    }

    private static double clamp(double value, double least, double most) {
        return Math.max(least, Math.min(most, value));
    }

    /** Seconds per token while so many run. */
    double at(double running) {
        return alone + crowd * Math.max(0, running - 1);
    }

    double alone() {
        return alone;
    }

    double crowd() {
        return crowd;
    }

    double confidence(long now) {
        return certainty.confidence(now);
    }

    boolean observed() {
        return !certainty.blank();
    }

    EstimateSnapshot.Figure snapshot(long now) {
        return new EstimateSnapshot.Figure(alone, certainty.weight(now));
    }

    void restore(EstimateSnapshot.Figure saved, double newCrowd, long then) {
        if (saved.weight() > 0) {
            alone = saved.value();
            crowd = newCrowd;
            bound();
            certainty.restore(saved.weight(), then);
        }
    }
}

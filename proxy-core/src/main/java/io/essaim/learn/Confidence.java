package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/**
 * How much an estimate is worth, in observations, and whether the latest ones contradicted it. Confidence falls with
 * time without observations (to half in ten minutes), so the next observation moves the estimate further; the value
 * itself stays.
 *
 * <p>One observation that is off by more than a factor of two is an outlier: it counts up to that factor. A second one
 * on the same side is a step, such as a host that throttles: then both sides of the contradiction count alike.
 *
 * <p>Not thread-safe.
 */
final class Confidence {
    /** Observations from which on contradictions are noticed. */
    private static final double SETTLED = 2;

    /** Weight of observations on one side that make a step: two whole ones, or three looks at a stream. */
    private static final double STEP = 1.5;

    /** What the prior is worth, in observations. */
    private static final double PRIOR = 0.2;

    private static final double MOST = 20;

    /** What was observed once is never worth nothing. */
    private static final double LEAST = 1e-6;

    private static final double LIFE = TimeUnit.MINUTES.toNanos(10) / Math.log(2);
    private static final double STRAY = Math.log(2);

    private double weight;
    private double strays;
    private long at;

    /** What an observation is to an estimate. */
    enum Fit {
        /** Too little is known to judge it. */
        EARLY,
        EXPECTED,
        STRAY,
        STEP
    }

    /**
     * Counts an observation.
     *
     * @param surprise logarithm of observed over expected
     * @param share how much of a whole observation this is, above 0 and at most 1
     */
    Fit judge(double surprise, double share, long now) {
        weight = weight(now);
        at = now;
        if (weight < SETTLED) {
            strays = 0;
            return Fit.EARLY;
        }
        if (Math.abs(surprise) <= STRAY) {
            strays = 0;
            return Fit.EXPECTED;
        }
        boolean sameSide = strays * surprise > 0;
        strays = (sameSide ? strays : 0) + Math.copySign(Math.max(0.5, share), surprise);
        if (Math.abs(strays) < STEP) {
            return Fit.STRAY;
        }
        strays = 0;
        weight = 0;
        return Fit.STEP;
    }

    /** The value was moved by something else than observations. */
    void forget() {
        weight = LEAST;
        strays = 0;
    }

    void add(double share) {
        weight = Math.min(MOST, weight + share);
    }

    /** Share of the newest observation in a plain mean that began with the prior. */
    double newest() {
        return 1 / (weight + PRIOR + 1);
    }

    /** The surprise that is believed of a stray. */
    static double clipped(double surprise) {
        return Math.max(-STRAY, Math.min(STRAY, surprise));
    }

    /** Observations that it is worth now. */
    double weight(long now) {
        double age = now - at;
        return weight == 0 || age <= 0 ? weight : Math.max(LEAST, weight * Math.exp(-age / LIFE));
    }

    /** Whether contradictions are noticed. */
    boolean settled(long now) {
        return weight(now) >= SETTLED;
    }

    /** Whether nothing was ever observed. */
    boolean blank() {
        return weight == 0;
    }

    /** From 0, nothing but a prior, towards 1. */
    double confidence(long now) {
        double w = weight(now);
        return w / (w + 1);
    }

    void restore(double observations, long then) {
        weight = Math.min(MOST, observations);
        at = then;
        strays = 0;
    }
}

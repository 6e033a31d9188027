package io.essaim.learn;

/**
 * A positive figure whose noise is a factor: the mean of logarithms, weighted towards the newest tenth, robust as
 * {@link Confidence} says. Not thread-safe.
 */
final class LogMean {
    private static final double LEAST_SHARE = 0.1;

    private final Confidence certainty = new Confidence();
    private double value;

    LogMean(double prior) {
        value = prior;
    }

    /** @param observed more than 0 and finite; anything else is ignored */
    void observe(double observed, long now) {
        if (!(observed > 0) || observed == Double.POSITIVE_INFINITY) {
            return;
        }
        double surprise = Math.log(observed / value);
        double share = switch (certainty.judge(surprise, 1, now)) {
            case EARLY -> certainty.newest();
            case EXPECTED -> Math.max(LEAST_SHARE, certainty.newest());
            case STEP -> 0.5;
            case STRAY -> {
                surprise = Confidence.clipped(surprise);
                yield LEAST_SHARE;
            }
        };
        value *= Math.exp(share * surprise);
        certainty.add(1);
    }

    /** Something else says that it is so many times as large now; the next observation counts as the first one does. */
    void scale(double factor) {
        if (observed()) {
            value *= factor;
            certainty.forget();
        }
    }

    double value() {
        return value;
    }

    /** Whether so much stands behind it that contradictions are noticed. */
    boolean settled(long now) {
        return certainty.settled(now);
    }

    /** Whether anything but a prior stands behind it, however old. */
    boolean observed() {
        return !certainty.blank();
    }

    /** Sets value and weight, unless nothing stands behind them. */
    void restore(EstimateSnapshot.Figure saved, long then) {
        if (saved.weight() > 0) {
            value = saved.value();
            certainty.restore(saved.weight(), then);
        }
    }

    EstimateSnapshot.Figure snapshot(long now) {
        return new EstimateSnapshot.Figure(value, certainty.weight(now));
    }
}

package io.essaim.learn;

/**
 * What is expected if a request is sent to a backend now. All times in seconds.
 *
 * @param ttftSeconds to the first token, all in all, as bad as {@code overdue} says
 * @param tpotSeconds per output token
 * @param outputTokens expected length of the answer
 * @param loadSeconds until the model is in memory; part of the time to the first token
 * @param waitSeconds behind others; part of the time to the first token
 * @param promptTokens tokens of the prompt
 * @param cachedTokens of those, tokens that the caller believes to be cached there
 * @param overdue 1, or how many times longer than predicted the backend keeps somebody waiting at this moment, or how many times slower
 *     it writes for somebody
 * @param confidence from 0, all of it from priors, towards 1
 * @param measured whether anything of it was ever measured there
 * @param effort what it costs, in weighted seconds, without {@code bonus}
 * @param bonus how much the cached tokens are worth beyond the time they save
 * @param omega what a second to the first token counts in {@code effort}
 */
public record Prediction(
        double ttftSeconds,
        double tpotSeconds,
        double outputTokens,
        double loadSeconds,
        double waitSeconds,
        long promptTokens,
        long cachedTokens,
        double overdue,
        double confidence,
        boolean measured,
        double effort,
        double bonus,
        double omega) {

    /**
     * The cost in weighted seconds on a backend that is wanted more or less than others (weight in the rules, ramp after a
     * recovery); the lowest wins. May be below 0 where much is cached. Only the effort is divided: a negative cost would turn the preference round.
     *
     * @param favour more than 0
     */
    public double cost(double favour) {
        return effort / favour - bonus;
    }

    /** The same for a request that so many others go before, which wait for a slot there too. */
    public Prediction behind(int ahead) {
        return after(ahead * waitSeconds);
    }

    /** The same for a request that waits for so many seconds more. */
    public Prediction after(double more) {
        if (more == 0) {
            return this;
        }
        return new Prediction(
                ttftSeconds + more * overdue,
                tpotSeconds,
                outputTokens,
                loadSeconds,
                waitSeconds + more,
                promptTokens,
                cachedTokens,
                overdue,
                confidence,
                measured,
                effort + omega * more * overdue,
                bonus,
                omega);
    }

    /** Seconds from now to the last token. */
    public double wholeSeconds() {
        return ttftSeconds + outputTokens * tpotSeconds;
    }

    /** Seconds from the moment that it gets a slot to the last token, when nothing is overdue. */
    public double runSeconds() {
        return ttftSeconds / overdue - waitSeconds + outputTokens * tpotSeconds;
    }
}

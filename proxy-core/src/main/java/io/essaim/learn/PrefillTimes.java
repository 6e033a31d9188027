package io.essaim.learn;

import io.essaim.learn.GenerationFindings.Cache;

/**
 * Seconds per prompt token that has to be read, and how far the prompt cache keeps what it is believed to keep.
 *
 * <p>Ollama's {@code prompt_eval_count} includes cached tokens and {@code prompt_eval_duration} does not, so their
 * quotient is a speed only when nothing was cached. An unknown cache hit makes the quotient small, never large. So an
 * observation that is slower counts. One that is much faster than the first is taken for a hit, unless eight in a row
 * are; then the slowest of those counts.
 *
 * <p>Not thread-safe.
 */
final class PrefillTimes {
    private static final int FASTER_RUN = 8;

    /** Shorter prompts are all overhead. */
    private static final long LEAST_TOKENS = 32;

    private static final long LEAST_CACHED = 64;

    /** Believed to be cached of a prompt that nobody can have read before: nothing, for sure. */
    static final long UNHEARD = -1;

    private static final double NEWEST = 0.2;

    private final LogMean seconds;
    private final ConcurrencySlowdown crowding;
    private double kept = 1;

    /** What was known of the speed before something else moved it; nothing is faster than that but a hit. NaN while nothing did. */
    private double moved = Double.NaN;

    private int fasterRun;
    private double slowestOfRun;

    PrefillTimes(double prior, ConcurrencySlowdown crowding) {
        this.seconds = new LogMean(prior);
        this.crowding = crowding;
    }

    /**
     * Learns from one prompt.
     *
     * @param took seconds that the backend read the prompt
     * @param counted tokens of the prompt, cached ones included
     * @param believed tokens of it that were believed to be cached, or {@link #UNHEARD}
     */
    Cache observe(double took, long counted, long believed, Concurrency crowd, long now) {
        long cached = Math.max(0, Math.min(believed, counted - 1));
        if (!(took > 0) || counted < LEAST_TOKENS) {
            return Cache.UNKNOWN;
        }
        double alone = took / crowd.slowdown();
        long read = counted - cached;
        double implied = alone / read;
        boolean identifiable = cached * 4 <= read && read >= LEAST_TOKENS;
        if (!seconds.observed()) {
            if (identifiable || alone / counted > seconds.value()) {
                seconds.observe(identifiable ? implied : alone / counted, now);
            }
            return Cache.UNKNOWN;
        }
        double ratio = implied / seconds.value();
        boolean hit = ratio < 0.5 && believed != UNHEARD && !(implied >= 0.5 * moved);
        Cache verdict = hit ? Cache.MORE : ratio <= 2 ? Cache.AS_BELIEVED : Cache.MISSED;
        if (identifiable) {
            verdict = learn(implied, crowd, verdict, now);
        } else if (verdict == Cache.MISSED && alone / counted > 2 * seconds.value()) {
            seconds.observe(alone / counted, now); // Slower than if all had been missed.
            verdict = Cache.UNKNOWN;
        }
        if (verdict == Cache.AS_BELIEVED) {
            fasterRun = 0;
        }
        if (cached >= LEAST_CACHED && verdict != Cache.UNKNOWN) {
            double actual = Math.max(0, Math.min(1, (counted - alone / seconds.value()) / cached));
            kept += NEWEST * (actual - kept);
        }
        return verdict;
    }

    private Cache learn(double implied, Concurrency crowd, Cache verdict, long now) {
        if (verdict != Cache.MORE) {
            if (seconds.settled(now)) {
                crowding.observe(Math.log(implied / seconds.value()), crowd);
            }
            seconds.observe(implied, now);
            moved = Double.NaN;
            return Cache.AS_BELIEVED;
        }
        slowestOfRun = fasterRun == 0 ? implied : Math.max(slowestOfRun, implied);
        if (++fasterRun == FASTER_RUN) {
            fasterRun = 0;
            seconds.restore(new EstimateSnapshot.Figure(slowestOfRun, FASTER_RUN), now);
        }
        return verdict;
    }

    /** It is believed to take so many times as long as before, and that little. */
    void scale(double factor) {
        if (factor != 1) {
            moved = Double.isNaN(moved) ? seconds.value() : Math.min(moved, seconds.value());
            seconds.scale(factor);
        }
    }

    /** Seconds per token, alone. */
    double seconds() {
        return seconds.value();
    }

    /** Share of the tokens believed to be cached that are, 0 to 1. */
    double kept() {
        return kept;
    }

    boolean observed() {
        return seconds.observed();
    }

    EstimateSnapshot.Figure snapshot(long now) {
        return seconds.snapshot(now);
    }

    void restore(EstimateSnapshot.Figure saved, double newKept, long then) {
        seconds.restore(saved, then);
        kept = newKept;
    }
}

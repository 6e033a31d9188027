package io.essaim.simulator;

/**
 * The figures of a final line. Durations are simulated nanoseconds.
 *
 * @param total from the arrival to the last token
 * @param load until a loaded model was at hand, a warm one included
 * @param promptTokens all of them, cached or not
 * @param promptNanos spent on those that were not cached
 * @param evalTokens written
 * @param evalNanos from the first written token to the last: 0 for a single one
 */
record Counters(long total, long load, int promptTokens, long promptNanos, int evalTokens, long evalNanos) {
    static final Counters NONE = new Counters(0, 0, 0, 0, 0, 0);
}

package io.essaim.benchmarks.compare;

import java.util.List;

/**
 * How much is measured.
 *
 * @param streams the loads, in concurrent paced streams, ascending
 * @param rounds how often each candidate is started and measured
 * @param warmupSeconds of streams after each start; short requests follow for half of that
 * @param windowSeconds of each load over which processor time and tokens are compared
 * @param latencySeconds of each measurement of the time to first token
 * @param pauseMicros between an answer and the next question while that time is measured
 */
record Settings(
        List<Integer> streams, int rounds, int warmupSeconds, int windowSeconds, int latencySeconds, long pauseMicros) {

    static final List<Integer> LATENCY_CONNECTIONS = List.of(1, 32);

    /** After the last stream has started, before a window opens. */
    static final int SETTLE_SECONDS = 2;

    Settings {
        streams = streams.stream().distinct().sorted().toList();
        if (streams.isEmpty() || streams.get(0) < 1 || rounds < 1 || windowSeconds < 1 || latencySeconds < 1) {
            throw new IllegalArgumentException("streams, rounds and times of measurement must be at least 1");
        }
        if (warmupSeconds < 0 || pauseMicros < 0) {
            throw new IllegalArgumentException("a warm-up or pause cannot be negative");
        }
    }

    /** The middle load warms up: the largest would raise the memory that the smallest is measured with. */
    int warmupStreams() {
        return streams.get((streams.size() - 1) / 2);
    }

    int largestLoad() {
        return streams.get(streams.size() - 1);
    }

    static long rampMillis(int streams) {
        return Math.max(1000, streams);
    }

    /** How many tokens a stream must have, so that all of them last until {@code seconds} after the last one started. */
    static int tokens(int streams, int seconds) {
        long millis = rampMillis(streams) + 1000L * (SETTLE_SECONDS + seconds + 1);
        return Math.toIntExact(millis * Wire.TOKENS_PER_SECOND / 1000);
    }

    /** A rough forecast of the time for that many candidates. */
    long expectedSeconds(int candidates) {
        long loads = streams.stream()
                .mapToLong(load -> tokens(load, windowSeconds) / Wire.TOKENS_PER_SECOND + 1)
                .sum();
        long warmup = warmupSeconds == 0 ? 0 : warmupSeconds + 5 + warmupSeconds / 2;
        long once = 2 + warmup + (long) LATENCY_CONNECTIONS.size() * latencySeconds + loads;
        return once * candidates * rounds;
    }
}

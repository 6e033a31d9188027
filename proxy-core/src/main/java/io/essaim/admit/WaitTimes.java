package io.essaim.admit;

import java.util.Arrays;

/**
 * How far expectations of waiting were off lately: the last {@value #KEPT} ratios of what a request waited to what it was
 * expected to. They correct the next ones, whatever the cause (answers longer than learned, hosts shared with other models,
 * requests that go before). Guarded by the lock of the {@link Queues}.
 */
final class WaitTimes {
    private static final int KEPT = 64;
    private static final int ENOUGH = 8;
    private static final double MOST = 20;
    private static final double SHORTEST = 0.05;

    /** The ninth decile over the median as long as nothing is known; that of an exponential distribution is 3.3. */
    private static final double UNKNOWN_HIGH = 3;

    private final double[] ratios = new double[KEPT];
    private int count;

    void observe(double expected, double waited) {
        ratios[count % KEPT] = Math.min(MOST, waited / Math.max(SHORTEST, expected));
        count = count == 2 * KEPT - 1 ? KEPT : count + 1;
    }

    /** Seconds that half of the requests wait no longer than. */
    double typical(double expected) {
        return expected * (count < ENOUGH ? 1 : quantile(0.5));
    }

    /**
     * When another try may be worth it: the wait that nine of ten stay below, spread so that those who are refused together
     * do not come back together.
     *
     * @param random from 0 to 1
     * @return seconds, 1 to 60
     */
    int retryAfter(double expected, double random) {
        double high = expected * (count < ENOUGH ? UNKNOWN_HIGH : quantile(0.9));
        double spread = Math.ceil(high) * (0.8 + 0.4 * random);
        return (int) Math.max(1, Math.min(60, Math.ceil(spread)));
    }

    private double quantile(double q) {
        double[] sorted = Arrays.copyOf(ratios, Math.min(count, KEPT));
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
    }
}

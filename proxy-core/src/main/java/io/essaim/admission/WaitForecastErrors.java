package io.essaim.admission;

import java.util.Arrays;
import java.util.Comparator;

/**
 * How far forecasts of waiting were off lately: the last {@value #KEPT} ratios of the time waited to the time
 * forecast, each weighted by its length. They correct later forecasts, whatever the cause (answers longer than
 * learned, hosts shared with other models, requests that overtake). Guarded by the lock of the {@link Queues}.
 */
final class WaitForecastErrors {
    private static final int KEPT = 64;
    private static final int ENOUGH = 8;
    private static final double MOST = 20;
    private static final double SHORTEST = 0.05;

    /** The ninth decile over the median as long as nothing is known; that of an exponential distribution is 3.3. */
    private static final double UNKNOWN_HIGH = 3;

    private record Seen(double ratio, double expected) {}

    private final Seen[] seen = new Seen[KEPT];
    private int count;

    void observe(double expected, double waited) {
        double weight = Math.max(SHORTEST, expected);
        seen[count % KEPT] = new Seen(Math.min(MOST, waited / weight), weight);
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

    /** Weighted by length: short waits are off by much more, and would have the long ones refused. */
    private double quantile(double q) {
        Seen[] sorted = Arrays.copyOf(seen, Math.min(count, KEPT));
        Arrays.sort(sorted, Comparator.comparingDouble(Seen::ratio));
        double all = Arrays.stream(sorted).mapToDouble(Seen::expected).sum();
        double below = 0;
        for (Seen one : sorted) {
            below += one.expected;
            if (below >= q * all) {
                return one.ratio;
            }
        }
        return sorted[sorted.length - 1].ratio;
    }
}

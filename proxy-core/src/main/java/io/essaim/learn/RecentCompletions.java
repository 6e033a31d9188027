package io.essaim.learn;

/**
 * When the latest generations of a model ended: tells afterwards which of them held a slot at some moment. Not
 * thread-safe.
 */
final class RecentCompletions {
    private static final int KEPT = 16;

    private final long[] numbers = new long[KEPT];
    private final long[] moments = new long[KEPT];
    private int count;

    /** @param number of the generation, in the order in which they began */
    void add(long number, long now) {
        numbers[count % KEPT] = number;
        moments[count % KEPT] = now;
        count = count == 2 * KEPT - 1 ? KEPT : count + 1;
    }

    /** How many of those that began before this one ended after one moment and not after another. */
    int between(long from, long to, long number) {
        int ended = 0;
        for (int i = 0; i < Math.min(count, KEPT); i++) {
            if (numbers[i] - number < 0 && moments[i] - from > 0 && moments[i] - to <= 0) {
                ended++;
            }
        }
        return ended;
    }
}

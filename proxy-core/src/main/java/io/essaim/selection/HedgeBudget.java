package io.essaim.selection;

/**
 * Bounds hedged requests and counts how often they helped: one in fifty requests, five at once, the first at any time.
 * It takes nothing from the {@link RetryBudget}. Thread-safe.
 */
public final class HedgeBudget {
    private static final double PER_REQUEST = 0.02;
    private static final double MOST = 5;

    private double tokens = 1;
    private long sent;
    private long won;

    /** A request came in that may be asked twice. */
    public synchronized void request() {
        tokens = Math.min(MOST, tokens + PER_REQUEST);
    }

    /** Whether there is one left. */
    public synchronized boolean any() {
        return tokens >= 1;
    }

    /** Takes one; a few more than there are when several loops do so at once. */
    public synchronized void sent() {
        tokens -= 1;
        sent++;
    }

    /** The second host answered first. */
    public synchronized void won() {
        won++;
    }

    /** Second hosts that were asked since the start. */
    public synchronized long sentSoFar() {
        return sent;
    }

    /** Those of them that answered first. */
    public synchronized long wonSoFar() {
        return won;
    }
}

package io.essaim.fleet;

import java.util.concurrent.TimeUnit;

/**
 * What was learned of one model on one backend: time to first token, and how long an answer occupies a slot. Exponentially
 * weighted means (weight 0.3 for the newest), never decayed towards zero: an idle backend does not become fast by idling.
 * Thread-safe by its own lock, held for a few instructions.
 */
public final class ModelTimes {
    private static final double NEWEST = 0.3;

    private double firstToken;
    private double occupied;
    private int observations;
    private int inFlight;
    private long lastSuccess;
    private boolean everSucceeded;

    /** @param nanos from sending the request to the first token of a warm model */
    synchronized void observeFirstToken(long nanos, long now) {
        firstToken = observations == 0 ? nanos : firstToken + NEWEST * (nanos - firstToken);
        observations++;
        lastSuccess = now;
        everSucceeded = true;
    }

    /** @param nanos from sending the request to the last byte of the answer */
    synchronized void observeOccupied(long nanos) {
        occupied = occupied == 0 ? nanos : occupied + NEWEST * (nanos - occupied);
    }

    synchronized void enter() {
        inFlight++;
    }

    synchronized void leave() {
        inFlight--;
    }

    /** Requests under way at this moment. */
    public synchronized int inFlight() {
        return inFlight;
    }

    /** Answers whose first token was measured. */
    public synchronized int observations() {
        return observations;
    }

    /** Learned seconds to the first token; 0 before the first observation. */
    public synchronized double firstTokenSeconds() {
        return firstToken / TimeUnit.SECONDS.toNanos(1);
    }

    /** Learned seconds that an answer holds its slot; 0 before the first observation. */
    public synchronized double occupiedSeconds() {
        return occupied / TimeUnit.SECONDS.toNanos(1);
    }

    /** Whether an answer began within the given time before now. */
    synchronized boolean succeededWithin(long nanos, long now) {
        return everSucceeded && now - lastSuccess <= nanos;
    }
}

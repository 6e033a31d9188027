package io.essaim.fleet;

import java.util.concurrent.TimeUnit;

/**
 * What was learned of one model on one backend: time to the first token when it is in memory, what a load adds, how long an
 * answer holds its slot. Exponentially weighted means (weight 0.3 for the newest), never decayed towards zero: an idle
 * backend does not become fast by idling. One bad value counts at most as four times the mean: who looks slow gets no
 * request, so nobody would ever correct an exaggeration.
 *
 * <p>Written under its own lock, held for a few instructions; read without one.
 */
public final class ModelTimes {
    private static final double NEWEST = 0.3;
    private static final double WORST = 4;
    private static final long TRIAL_PAUSE = TimeUnit.SECONDS.toNanos(10);
    private static final long FIRST_REST = TimeUnit.SECONDS.toNanos(30);
    private static final int MOST_DOUBLINGS = 4;

    private volatile Learned learned = new Learned(0, 0, 0, 0);
    private volatile int inFlight;
    private volatile boolean trialFree = true;
    private volatile long lastEntered;
    private volatile long lastSuccess;
    private volatile boolean everSucceeded;
    private volatile long lastLoad;
    private volatile boolean everLoaded;
    private volatile long restUntil;
    private volatile int setbacks;
    private boolean occupiedCold;

    /**
     * Means in nanoseconds, 0 while unknown.
     *
     * @param firstToken to the first token of a warm model
     * @param cold to the first token when the model had to be loaded
     * @param occupied to the last byte, without the load
     * @param observations first tokens that were measured warm
     */
    private record Learned(double firstToken, double cold, double occupied, int observations) {
        boolean nothing() {
            return observations == 0 && occupied == 0;
        }
    }

    /** @param nanos from sending the request to the first token */
    synchronized void observeFirstToken(long nanos, boolean warm) {
        Learned l = learned;
        if (warm || l.observations > 0 && nanos < 2 * l.firstToken) {
            double mean = l.observations == 0 ? nanos : mean(l.firstToken, nanos);
            learned = new Learned(mean, l.cold, l.occupied, l.observations + 1);
        } else {
            learned = new Learned(l.firstToken, l.cold == 0 ? nanos : mean(l.cold, nanos), l.occupied, l.observations);
        }
    }

    /** @param nanos that the answer held its slot */
    synchronized void observeOccupied(long nanos, boolean warm) {
        Learned l = learned;
        boolean first = l.occupied == 0 || occupiedCold && warm;
        learned = new Learned(l.firstToken, l.cold, first ? nanos : mean(l.occupied, nanos), l.observations);
        if (first) {
            occupiedCold = !warm;
        }
    }

    private static double mean(double old, long newest) {
        return old + NEWEST * (Math.min((double) newest, WORST * old) - old);
    }

    /** An answer began. After the first one that had to load, another trial may find out how fast the loaded model is. */
    synchronized void succeeded(boolean warm, long now) {
        trialFree |= !warm && !everSucceeded;
        lastSuccess = now;
        everSucceeded = true;
        setbacks = 0;
        restUntil = now;
    }

    /** The model was brought into memory, without a request of a client. */
    public synchronized void loaded(long now) {
        lastLoad = now;
        everLoaded = true;
    }

    /** The model could not run: it is left alone for 30 s, doubled each time up to 8 minutes. */
    synchronized void broke(long now) {
        if (!resting(now)) {
            restUntil = now + (FIRST_REST << Math.min(setbacks, MOST_DOUBLINGS));
            setbacks++;
        }
    }

    synchronized void enter(long now) {
        inFlight++;
        trialFree = false;
        lastEntered = now;
    }

    synchronized void leave() {
        inFlight--;
    }

    /** Requests under way at this moment. */
    public int inFlight() {
        return inFlight;
    }

    /** Answers whose first token was measured with the model in memory. */
    public int observations() {
        return learned.observations;
    }

    /** Whether nothing was learned that could be compared. */
    public boolean unmeasured() {
        return learned.nothing();
    }

    /**
     * Whether a request may go here just to find out: nobody has yet, and none is under way. A trial that taught nothing (a
     * failure, a client that left) may be repeated after ten seconds.
     */
    public boolean trialDue(long now) {
        return inFlight == 0 && (trialFree || learned.nothing() && now - lastEntered >= TRIAL_PAUSE);
    }

    /** Whether the model could not run here a short while ago. */
    public boolean resting(long now) {
        return setbacks > 0 && now - restUntil < 0;
    }

    /** Learned seconds to the first token of a warm model; 0 before the first observation. */
    public double firstTokenSeconds() {
        return learned.firstToken / TimeUnit.SECONDS.toNanos(1);
    }

    /** Learned seconds to the first token of a model that had to be loaded; 0 before the first observation. */
    public double coldSeconds() {
        return learned.cold / TimeUnit.SECONDS.toNanos(1);
    }

    /** Learned seconds that an answer holds its slot; 0 before the first observation. */
    public double occupiedSeconds() {
        return learned.occupied / TimeUnit.SECONDS.toNanos(1);
    }

    /** Whether an answer began, or the model was loaded, within the given time before now. */
    boolean succeededWithin(long nanos, long now) {
        return everSucceeded && now - lastSuccess <= nanos || everLoaded && now - lastLoad <= nanos;
    }

    /** Whether nothing would be lost with it. */
    boolean blank() {
        return inFlight == 0 && !everSucceeded && !everLoaded;
    }
}

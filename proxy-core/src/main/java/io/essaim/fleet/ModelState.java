package io.essaim.fleet;

import io.essaim.learn.ModelEstimates;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The state of one model on one backend: whether it answered or was loaded lately, whether it rests because it could
 * not run, and which load of it is in memory. Its predicted cost is in its {@link ModelEstimates}.
 *
 * <p>Written under its own lock, held for a few instructions; read without one.
 */
public final class ModelState {
    private static final long TRIAL_PAUSE = TimeUnit.SECONDS.toNanos(10);
    private static final long FIRST_REST = TimeUnit.SECONDS.toNanos(30);
    private static final int MOST_DOUBLINGS = 4;

    /** Whose requests hold its slots. */
    final SlotHolders holders = new SlotHolders();

    private final ModelEstimates estimates;
    private volatile int inFlight;
    private volatile boolean everEntered;
    private volatile long lastEntered;
    private volatile long lastSuccess;
    private volatile boolean everSucceeded;
    private volatile long lastLoad;
    private volatile boolean everLoaded;
    private volatile long restUntil;
    private volatile int setbacks;
    private volatile long generation;
    private volatile @Nullable Missed missed;

    /**
     * A request that would have come here, had the model been in memory.
     *
     * @param context that it asked for, in tokens; null for the host's own
     * @param at when
     */
    public record Missed(@Nullable Integer context, long at) {}

    ModelState(ModelEstimates estimates) {
        this.estimates = estimates;
    }

    /** What it costs to ask the model here. */
    public ModelEstimates estimates() {
        return estimates;
    }

    /** An answer began. */
    synchronized void succeeded(long now) {
        lastSuccess = now;
        everSucceeded = true;
        setbacks = 0;
        restUntil = now;
    }

    /** The model was brought into memory, without a request of a client. */
    synchronized void loaded(long now) {
        lastLoad = now;
        everLoaded = true;
        generation++;
    }

    /** What is in memory is not what was, or nothing is. */
    synchronized void replaced() {
        generation++;
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
        everEntered = true;
        lastEntered = now;
    }

    /** Whether there were fewer requests under way than the limit, and now there is one more. */
    synchronized boolean enterBelow(int limit, long now) {
        if (inFlight >= limit) {
            return false;
        }
        enter(now);
        return true;
    }

    synchronized void leave() {
        inFlight--;
    }

    /** Requests under way at this moment. */
    public int inFlight() {
        return inFlight;
    }

    /** Which loading of the model this is; another number when it was unloaded or loaded since. */
    long generation() {
        return generation;
    }

    /**
     * Of a model that nobody measured here: whether a request may go here just to find out, as none is under way. A trial that
     * taught nothing (a failure, a client that left) may be repeated after ten seconds.
     */
    public boolean trialDue(long now) {
        return inFlight == 0 && (!everEntered || now - lastEntered >= TRIAL_PAUSE);
    }

    /** Whether it was never measured here, or nobody asked it for so many nanoseconds. */
    public boolean unsureFor(long nanos, long now) {
        return !estimates.measured() || everEntered && now - lastEntered > nanos;
    }

    /** Whether the model could not run here a short while ago. */
    public boolean resting(long now) {
        return setbacks > 0 && now - restUntil < 0;
    }

    /** A request went elsewhere only because the model would have to be loaded here first. */
    public void missed(@Nullable Integer context, long now) {
        missed = new Missed(context, now);
    }

    /** The latest request that went elsewhere for want of the model in memory here; null when there was none. */
    public @Nullable Missed missed() {
        return missed;
    }

    /** Whether a request of our own brought it into memory within the given time before now. */
    public boolean loadedWithin(long nanos, long now) {
        return everLoaded && now - lastLoad <= nanos;
    }

    /** Whether an answer began, or the model was loaded, within the given time before now. */
    boolean succeededWithin(long nanos, long now) {
        return everSucceeded && now - lastSuccess <= nanos || loadedWithin(nanos, now);
    }

    /** Whether nothing would be lost with it. */
    boolean blank() {
        return inFlight == 0 && !everSucceeded && !everLoaded && estimates.blank();
    }
}

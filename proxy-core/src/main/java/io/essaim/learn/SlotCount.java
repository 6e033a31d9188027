package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/**
 * How many generations of a model a backend runs at a time. Ollama does not say (OLLAMA_NUM_PARALLEL, or 1 for some families
 * whatever it is set to), but a request that is one too many waits inside, and the wait shows when it ends: three of five
 * requests that were one more than believed and did not wait make it one more; three of five that should have had a slot
 * and did wait make it fewer. Not thread-safe.
 */
final class SlotCount {
    static final int MOST = 64;

    private static final long TRIAL_PAUSE = TimeUnit.MINUTES.toNanos(1);
    private static final int JURY = 5;
    private static final int MAJORITY = 3;

    /** What passes between two of the backend's own clocks without anybody waiting. */
    private static final double NO_WAIT_SECONDS = 0.05;

    private static final double CERTAIN_WAIT_SECONDS = 0.25;

    private int slots;
    private int beyond;
    private int within;
    private int atMost;
    private long lastTrial;
    private boolean everTried;

    SlotCount(int slots) {
        this.slots = Math.min(MOST, slots);
    }

    int slots() {
        return slots;
    }

    void restore(int newSlots) {
        change(Math.min(MOST, newSlots));
    }

    /** Whether one more than believed may be sent there to find out; at most once a minute. */
    boolean trialDue(long now) {
        return slots < MOST && (!everTried || now - lastTrial >= TRIAL_PAUSE);
    }

    void tried(long now) {
        lastTrial = now;
        everTried = true;
    }

    /**
     * A request ended.
     *
     * @param place its number among those of the model when it was sent, itself included
     * @param queued seconds that it waited inside
     * @param firstEnds seconds after which the first of those before it was expected to end
     */
    void observe(int place, double queued, double firstEnds) {
        if (place < 2) {
            return; // Alone, it waited for somebody else's requests.
        }
        boolean waited = queued > Math.max(CERTAIN_WAIT_SECONDS, firstEnds / 2);
        boolean ran = queued < Math.max(NO_WAIT_SECONDS, firstEnds / 20);
        if (!waited && !ran) {
            return;
        }
        if (place > slots) {
            beyond = vote(beyond, ran);
            if (votes(beyond) >= MAJORITY && slots < MOST) {
                change(slots + 1);
            }
            return;
        }
        if (waited) {
            atMost = votes(within) == 0 ? place - 1 : Math.max(atMost, place - 1);
        }
        within = vote(within, waited);
        if (votes(within) >= MAJORITY) {
            change(Math.max(1, Math.min(slots - 1, atMost)));
        }
    }

    private void change(int newSlots) {
        slots = newSlots;
        beyond = 0;
        within = 0;
    }

    /** Votes are bits, the latest lowest. */
    private static int vote(int votes, boolean yes) {
        return (votes << 1 | (yes ? 1 : 0)) & (1 << JURY) - 1;
    }

    private static int votes(int votes) {
        return Integer.bitCount(votes);
    }
}

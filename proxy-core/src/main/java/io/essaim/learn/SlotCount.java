package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/**
 * How many generations of a model a backend runs at a time. Ollama does not say (OLLAMA_NUM_PARALLEL, or 1 for some families
 * whatever it is set to), but it shows. As many as write at the same time are slots. A request that is one too many waits
 * inside, which its last line tells; it waits in a queue, so every generation that came before it and has not ended when it begins holds a
 * slot. Three of five requests that waited beside fewer than believed make it fewer; three of five that were beyond the
 * slots and did not wait make it one more. Not thread-safe, but for {@link #slots()}.
 */
final class SlotCount {
    static final int MOST = 64;

    private static final long TRIAL_PAUSE = TimeUnit.MINUTES.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.HOURS.toNanos(1);
    private static final int JURY = 5;
    private static final int MAJORITY = 3;

    /** What passes between two of the backend's own clocks without anybody waiting. */
    private static final double NO_WAIT_SECONDS = 0.05;

    private static final double CERTAIN_WAIT_SECONDS = 0.25;

    private boolean given;
    private volatile int slots;
    private int beyond;
    private int within;
    private int atMost;
    private long lastTrial;
    private boolean everTried;
    private long pause = TRIAL_PAUSE;

    /** Starts with a guess. */
    SlotCount(int slots) {
        this(Math.min(MOST, slots), false);
    }

    /** @param given whether an operator says so: then it stays */
    SlotCount(int slots, boolean given) {
        this.slots = slots;
        this.given = given;
    }

    int slots() {
        return slots;
    }

    /** An operator says how many there are; 0 leaves that to be learned from now on. */
    void give(int newSlots) {
        if (newSlots > 0) {
            given = false;
            change(newSlots);
        }
        given = newSlots > 0;
    }

    void restore(int newSlots) {
        change(Math.min(MOST, newSlots));
    }

    /**
     * Whether one more than believed may be sent there to find out: at once while that goes well, else after a minute, and twice
     * as long each time that it waited.
     */
    boolean trialDue(long now) {
        return !given && slots < MOST && (!everTried || now - lastTrial >= pause);
    }

    void tried(long now) {
        lastTrial = now;
        everTried = true;
    }

    /** So many were seen to write at the same time. */
    void seen(int writing) {
        if (writing > slots) {
            change(Math.min(MOST, writing));
            everTried = false; // It went well: there may be room for yet another.
        }
    }

    /**
     * A request ended.
     *
     * @param place its number among those of the model when it was sent, itself included
     * @param ran how many held a slot when it began to run, itself included; 0 when that was not seen
     * @param queued seconds that it waited inside
     * @param firstEnds seconds after which the first of those before it was expected to end
     */
    void observe(int place, int ran, double queued, double firstEnds) {
        if (place < 2) {
            return; // Alone, it waited for somebody else's requests.
        }
        boolean waited = queued > Math.max(CERTAIN_WAIT_SECONDS, firstEnds / 2);
        boolean passed = queued < Math.max(NO_WAIT_SECONDS, firstEnds / 20);
        if (place > slots && (waited || passed)) {
            beyond = vote(beyond, passed);
            pause = passed ? TRIAL_PAUSE : Math.min(LONGEST_PAUSE, 2 * pause);
            everTried &= !passed;
            if (votes(beyond) >= MAJORITY) {
                change(Math.min(MOST, slots + 1));
                return;
            }
        }
        int proven = ran > 0 ? ran : place - 1;
        if (waited && proven < slots) {
            atMost = votes(within) == 0 ? proven : Math.max(atMost, proven);
            within = vote(within, true);
            if (votes(within) >= MAJORITY) {
                change(atMost);
            }
        } else if (waited || passed && place <= slots) {
            within = vote(within, false);
        }
    }

    private void change(int newSlots) {
        slots = given ? slots : newSlots;
        beyond = 0;
        within = 0;
        pause = TRIAL_PAUSE;
    }

    /** Votes are bits, the latest lowest. */
    private static int vote(int votes, boolean yes) {
        return (votes << 1 | (yes ? 1 : 0)) & (1 << JURY) - 1;
    }

    private static int votes(int votes) {
        return Integer.bitCount(votes);
    }
}

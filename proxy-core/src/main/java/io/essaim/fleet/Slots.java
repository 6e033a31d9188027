package io.essaim.fleet;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The requests under way on one backend, and how many it runs at once. Each model has slots of its own, since an
 * Ollama runs each model in a process of its own with {@code OLLAMA_NUM_PARALLEL} slots: the number of the rules, or
 * the learned one. The rules may also bound all models together. Any thread.
 */
final class Slots {
    private volatile int inAll;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile long lastGivenBack;

    /** @param inAll for all models together; 0 for no bound */
    Slots(int inAll, long now) {
        this.inAll = bound(inAll);
        this.lastGivenBack = now;
    }

    private static int bound(int inAll) {
        return inAll == 0 ? Integer.MAX_VALUE : inAll;
    }

    /** Another bound for all models together; 0 for none. What is under way beyond it ends as usual. */
    void bind(int newInAll) {
        inAll = bound(newInAll);
    }

    int inFlight() {
        return inFlight.get();
    }

    /** Whether nothing was under way for so many nanoseconds. */
    boolean idleFor(long nanos, long now) {
        return inFlight.get() == 0 && now - lastGivenBack >= nanos;
    }

    int of(ModelState state) {
        return state.estimates().slots();
    }

    /** How many are free. */
    int free(ModelState state) {
        return Math.min(of(state) - state.inFlight(), inAll - inFlight.get());
    }

    /** Whether those that are free are kept for somebody else. */
    boolean keptFrom(ModelState state, SlotOwner caller, long now) {
        if (state.inFlight() == 0) { // As on most hosts of a large fleet; nobody holds his share of nothing.
            return false;
        }
        int free = free(state);
        return free > 0 && state.holders.keep(free, of(state), caller, now);
    }

    void take(ModelState state, SlotOwner caller, long now) {
        inFlight.incrementAndGet();
        state.holders.takes(caller, now);
        state.enter(now);
    }

    /** Takes one that is free, or due as an extra one. Whether there was one. */
    boolean takeFree(ModelState state, SlotOwner caller, long now) {
        if (keptFrom(state, caller, now)) {
            return false;
        }
        int most = of(state) + (state.estimates().trialDue(now) ? 1 : 0);
        int all = inAll;
        if (inFlight.getAndUpdate(n -> n < all ? n + 1 : n) >= all) {
            return false;
        }
        if (!state.enterBelow(most, now)) {
            inFlight.decrementAndGet();
            return false;
        }
        state.holders.takes(caller, now);
        return true;
    }

    /** Takes one if nobody else has any. */
    boolean takeAlone(ModelState state, SlotOwner caller, long now) {
        if (!inFlight.compareAndSet(0, 1)) {
            return false;
        }
        state.holders.takes(caller, now);
        state.enter(now);
        return true;
    }

    void giveBack(ModelState state, SlotOwner caller, long now) {
        lastGivenBack = now;
        state.holders.givesBack(caller, now);
        state.leave();
        inFlight.decrementAndGet();
    }
}

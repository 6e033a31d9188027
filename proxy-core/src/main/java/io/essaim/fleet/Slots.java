package io.essaim.fleet;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The requests under way on one backend, and how many it works on at once. What the rules say counts for all its models
 * together; without that, each model has as many slots as it was seen to have. Any thread.
 */
final class Slots {
    private final int given;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Holders holders = new Holders();
    private volatile long lastGivenBack;

    /** @param given by the rules; 0 to learn them */
    Slots(int given, long now) {
        this.given = given;
        this.lastGivenBack = now;
    }

    int inFlight() {
        return inFlight.get();
    }

    /** Whether nothing was under way for so many nanoseconds. */
    boolean idleFor(long nanos, long now) {
        return inFlight.get() == 0 && now - lastGivenBack >= nanos;
    }

    int of(ModelState state) {
        return given > 0 ? given : state.estimates().slots();
    }

    /** How many are free. */
    int free(ModelState state) {
        return of(state) - (given > 0 ? inFlight.get() : state.inFlight());
    }

    /** Whether the last free one is kept for somebody else. */
    boolean lastIsKept(ModelState state, Caller caller, long now) {
        return free(state) == 1 && holders.keptFrom(caller, of(state), now);
    }

    /** Whether one more than there are may be used to find out whether it waits: once in a while. */
    boolean extraDue(ModelState state, long now) {
        return given == 0 && state.estimates().trialDue(now);
    }

    void take(ModelState state, Caller caller, long now) {
        inFlight.incrementAndGet();
        holders.takes(caller, now);
        state.enter(now);
    }

    /** Takes one that is free, or due as an extra one. Whether there was one. */
    boolean takeFree(ModelState state, Caller caller, long now) {
        if (lastIsKept(state, caller, now)) {
            return false;
        }
        if (given > 0) {
            if (inFlight.getAndUpdate(n -> n < given ? n + 1 : n) >= given) {
                return false;
            }
            state.enter(now);
        } else {
            if (!state.enterBelow(of(state) + (extraDue(state, now) ? 1 : 0), now)) {
                return false;
            }
            inFlight.incrementAndGet();
        }
        holders.takes(caller, now);
        return true;
    }

    /** Takes one if nobody else has any. */
    boolean takeAlone(ModelState state, Caller caller, long now) {
        if (!inFlight.compareAndSet(0, 1)) {
            return false;
        }
        holders.takes(caller, now);
        state.enter(now);
        return true;
    }

    void giveBack(ModelState state, Caller caller, long now) {
        lastGivenBack = now;
        holders.givesBack(caller, now);
        state.leave();
        inFlight.decrementAndGet();
    }
}

package io.essaim.fleet;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which agents hold the slots of one backend, and for whom its last free one is kept. Nothing that runs is broken off, so who asks now
 * and then waits for a slot of a busy agent's to get free, unless one is left to him.
 *
 * <p>The last free slot of several is kept from an agent that holds its share already, as long as another one that is no less urgent
 * holds less than its own and was here within the last half minute. Shares are equal among those who were. Any thread.
 */
final class Holders {
    private static final long REMEMBERED = TimeUnit.SECONDS.toNanos(30);

    private static final class Holder {
        private final Caller caller;
        private int held;
        private long last;

        Holder(Caller caller) {
            this.caller = caller;
        }

        boolean here(long now) {
            return held > 0 || now - last < REMEMBERED;
        }
    }

    private final Map<Caller, Holder> holders = new HashMap<>();

    /**
     * Whether the last free slot is kept from the caller.
     *
     * @param slots all there are
     */
    synchronized boolean keptFrom(Caller caller, int slots, long now) {
        if (slots < 2 || caller.isProxy()) {
            return false;
        }
        holders.values().removeIf(holder -> !holder.here(now));
        Holder own = holders.get(caller);
        int sharers = holders.size() + (own == null ? 1 : 0);
        int share = Math.max(1, slots / sharers);
        if (own == null || own.held < share) {
            return false;
        }
        for (Holder other : holders.values()) {
            boolean urgent = other.caller.priority().compareTo(caller.priority()) <= 0;
            if (other != own && urgent && other.held < share) {
                return true;
            }
        }
        return false;
    }

    synchronized void takes(Caller caller, long now) {
        if (!caller.isProxy()) {
            Holder holder = holders.computeIfAbsent(caller, Holder::new);
            holder.held++;
            holder.last = now;
        }
    }

    synchronized void givesBack(Caller caller, long now) {
        Holder holder = holders.get(caller);
        if (holder != null) {
            holder.held--;
            holder.last = now;
        }
    }
}

package io.essaim.fleet;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which agents hold the slots of one model on one backend, and how many free slots are kept. Nothing that runs is
 * broken off. Without kept slots, an agent whose request comes while a busy agent holds every slot would wait for the
 * end of an answer.
 *
 * <p>Each agent that was here within the last half minute has an equal share of the slots. When an agent holds its
 * share, free slots are kept from it: as many as four of five requests of the other agents need together, judged by
 * how many they held on average of late, and never more than their shares. Others are agents that are no less urgent
 * and hold no more than it, so a modest agent never waits for a slot that is kept for a busy one. Any thread.
 */
final class SlotHolders {
    private static final long REMEMBERED = TimeUnit.SECONDS.toNanos(30);

    /** Who just begins to take much is seen to do so. */
    private static final long AHEAD = TimeUnit.SECONDS.toNanos(20);

    /** Share of the others' requests that are to find a slot. */
    private static final double MOST = 0.8;

    /** The same of a normal distribution, in standard deviations from its mean. */
    private static final double DEVIATIONS = 0.8416;

    /** Slots from which on they are not counted one by one. */
    private static final double MANY = 64;

    private static final class Holder {
        private final SlotOwner caller;
        private int held;
        private long last;

        /** Slots held on average, of late. */
        private double mean;

        Holder(SlotOwner caller, long now) {
            this.caller = caller;
            this.last = now;
        }

        void hold(int more, long now) {
            mean = mean(now);
            held += more;
            last = now;
        }

        /** The same at another time, if it goes on to hold as many. */
        double mean(long now) {
            return held + (mean - held) * Math.exp((double) (last - now) / REMEMBERED);
        }

        boolean here(long now) {
            return held > 0 || now - last < REMEMBERED;
        }
    }

    private final Map<SlotOwner, Holder> holders = new HashMap<>();

    /**
     * Whether all that is free is kept from the caller.
     *
     * @param free at least 1
     * @param slots all there are
     */
    synchronized boolean keep(int free, int slots, SlotOwner caller, long now) {
        Holder own = holders.get(caller);
        if (slots < 2 || own == null || own.held == 0) {
            return false;
        }
        holders.values().removeIf(holder -> !holder.here(now));
        int share = Math.max(1, slots / holders.size());
        if (own.held < share) {
            return false;
        }
        double expected = own.mean(now + AHEAD);
        int shares = 0;
        int held = 0;
        double mean = 0;
        for (Holder other : holders.values()) {
            boolean urgent = other.caller.priority().compareTo(caller.priority()) <= 0;
            if (other != own && urgent && other.mean(now) <= expected) {
                shares += share;
                held += other.held;
                mean += other.mean(now);
            }
        }
        return shares > 0 && free <= Math.min(shares, needed(mean, slots)) - held;
    }

    /**
     * Slots with which most of those who come find one free, if their requests come at random: of a Poisson distribution the quantile
     * of {@link #MOST}, and one for who comes. Of many slots it is counted by the normal distribution with its first correction for
     * skewness (Cornish and Fisher 1937), which is right to one slot: term by term the sum begins at {@code exp(-mean)}, which is 0 from a
     * mean of 746 on.
     *
     * @param mean slots that they hold on average
     * @param slots all there are: more are never needed
     */
    static int needed(double mean, int slots) {
        if (mean > MANY) {
            double quantile = mean + DEVIATIONS * Math.sqrt(mean) + (DEVIATIONS * DEVIATIONS - 1) / 6;
            return (int) Math.min(slots, Math.ceil(quantile - 0.5) + 1);
        }
        double probability = Math.exp(-mean);
        double upTo = probability;
        int busy = 0;
        while (upTo < MOST && busy < slots) {
            busy++;
            probability *= mean / busy;
            upTo += probability;
        }
        return Math.min(slots, busy + 1);
    }

    synchronized void takes(SlotOwner caller, long now) {
        if (!caller.isProxy()) {
            holders.computeIfAbsent(caller, c -> new Holder(c, now)).hold(1, now);
        }
    }

    synchronized void givesBack(SlotOwner caller, long now) {
        Holder holder = holders.get(caller);
        if (holder != null) {
            holder.hold(-1, now);
        }
    }
}

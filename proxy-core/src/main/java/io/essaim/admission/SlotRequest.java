package io.essaim.admission;

import io.essaim.fleet.SlotOwner;
import io.essaim.selection.Choice;
import io.essaim.selection.QueueTurn;

/**
 * A request for a slot.
 *
 * @param model key of the model that it asks for; requests of one key share a queue
 * @param caller whose request it is; agents share a queue fairly
 * @param seconds for which it is expected to hold a slot; what agents are charged
 * @param slots that could take it if they were free, at least 1
 * @param kind equal for requests that can be served by the same backends: where one of them finds nothing free, the others
 *     are not tried
 * @param bytes size of its body, which is held while it waits, 0 or more
 * @param since when it came, by the ticker; its deadline counts from here
 * @param again whether it held a slot before and lost it without fault of its own: it goes before its agent's others
 * @param chooser finds it a backend
 */
public record SlotRequest(
        String model,
        SlotOwner caller,
        double seconds,
        int slots,
        Object kind,
        long bytes,
        long since,
        boolean again,
        Chooser chooser) {

    String agent() {
        return caller.agent();
    }

    /** Finds a backend with a free slot and takes it. */
    @FunctionalInterface
    public interface Chooser {
        /**
         * Taken with a lease on a free slot; refused as {@link Choice.Reason#SATURATED} when nothing is free at the moment, or as
         * {@link Choice.Reason#BETTER_LATER} or {@link Choice.Reason#KEPT} when another request, or another agent's, might take
         * what is free, which make the request wait;
         * refused for any other reason when it cannot be served, which ends it.
         *
         * <p>Called on any thread, under the lock of the queues as soon as the request waits: short, without blocking, and
         * never asking the queues for anything. Two calls for one request never overlap.
         *
         * @param turn how many requests for the model go before this one and were just asked in vain
         */
        Choice choose(QueueTurn turn);
    }
}

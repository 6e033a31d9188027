package io.essaim.warm;

import io.essaim.admit.Queues;
import io.essaim.choose.Affinity;
import io.essaim.choose.Hedges;
import io.essaim.choose.ReadAhead;
import io.essaim.choose.RetryBudget;
import io.essaim.choose.Routes;

/**
 * What the choice of a backend goes by, besides the request. Any thread.
 *
 * @param routes the routes of the rules over the live backends
 * @param queues the requests that wait for a slot
 * @param retries the retry budget
 * @param hedges how often a second host is asked beside a silent one
 * @param affinity which backend has read which conversation
 * @param ahead what idle hosts read in advance
 */
public record Choosing(
        Routes routes, Queues queues, RetryBudget retries, Hedges hedges, Affinity affinity, ReadAhead<Reread> ahead) {

    /** The same over other routes. */
    public Choosing with(Routes next) {
        return new Choosing(next, queues, retries, hedges, affinity, ahead);
    }
}

package io.essaim.warm;

import io.essaim.admission.Queues;
import io.essaim.selection.HedgeBudget;
import io.essaim.selection.PrefixAffinity;
import io.essaim.selection.ReadAhead;
import io.essaim.selection.RetryBudget;
import io.essaim.selection.Routes;

/**
 * What the choice of a backend depends on, besides the request. Any thread.
 *
 * @param routes the routes of the rules over the live backends
 * @param queues the requests that wait for a slot
 * @param retries the retry budget
 * @param hedges how often a second host is asked beside a silent one
 * @param affinity which backend has read which conversation
 * @param ahead what idle hosts read in advance
 */
public record SelectionState(
        Routes routes,
        Queues queues,
        RetryBudget retries,
        HedgeBudget hedges,
        PrefixAffinity affinity,
        ReadAhead<ReadAheadRequest> ahead) {

    /** The same over other routes. */
    public SelectionState with(Routes next) {
        return new SelectionState(next, queues, retries, hedges, affinity, ahead);
    }
}

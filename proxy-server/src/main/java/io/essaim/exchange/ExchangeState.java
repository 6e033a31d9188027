package io.essaim.exchange;

import java.util.Map;
import java.util.Set;

/** The step of an {@link Exchange}. {@link #NEXT} is the whole table of transitions. */
enum ExchangeState {
    /** The plan is made, and nothing is done yet. */
    PLANNED,
    /** It waits for a slot; nothing has reached the client but signs of life. */
    WAITING,
    /** One host is asked, or two when hedged; nothing of an answer has reached the client. */
    TRYING,
    /** An answer is on its way to the client: the commit point is passed. */
    RELAYING,
    /** The answer broke off. It waits for another host, or asks one, to go on with it. */
    RESUMING,
    /** No host can answer, or none well enough: the clouds of the agent are asked, if it has any. */
    CLOUDS,
    /** The client has its answer or its error, or has left. */
    OVER;

    /** Which states may follow. Every state may end the request. */
    static final Map<ExchangeState, Set<ExchangeState>> NEXT = Map.of(
            PLANNED, Set.of(WAITING, CLOUDS, OVER),
            WAITING, Set.of(TRYING, CLOUDS, OVER),
            TRYING, Set.of(WAITING, RELAYING, CLOUDS, OVER),
            RELAYING, Set.of(RESUMING, OVER),
            RESUMING, Set.of(RELAYING, RESUMING, OVER),
            CLOUDS, Set.of(WAITING, OVER),
            OVER, Set.of());

    /**
     * The next state.
     *
     * @throws IllegalStateException when the table does not have it
     */
    ExchangeState to(ExchangeState next) {
        if (!NEXT.getOrDefault(this, Set.of()).contains(next)) {
            throw new IllegalStateException("an exchange does not go from " + this + " to " + next);
        }
        return next;
    }
}

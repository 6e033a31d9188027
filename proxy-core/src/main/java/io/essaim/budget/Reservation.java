package io.essaim.budget;

import io.essaim.config.AgentRule;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The room of one call in its agent's budget. It is ended exactly once, in one of three ways; a second end does
 * nothing. It counts in the windows that it was made in, also when the call ends in later ones. Thread-safe.
 */
public final class Reservation {
    private final Budgets budgets;
    private final AgentRule agent;
    private final CloudUsage most;
    private final Ledger made;
    private final AtomicBoolean ended = new AtomicBoolean();

    Reservation(Budgets budgets, AgentRule agent, CloudUsage most, Ledger made) {
        this.budgets = budgets;
        this.agent = agent;
        this.most = most;
        this.made = made;
    }

    /**
     * The call is over, and the cloud said what it used. What it used beyond the reservation counts too.
     *
     * @return what should be said because of it, mostly nothing
     */
    public List<BudgetWarning> settle(CloudUsage used) {
        return ended.compareAndSet(false, true) ? budgets.settle(agent, made, most, used) : List.of();
    }

    /**
     * The call was begun, and nobody knows what it used: all that was reserved counts.
     *
     * @return what should be said because of it, mostly nothing
     */
    public List<BudgetWarning> spendAll() {
        return settle(most);
    }

    /** The cloud did not work on the call: nothing counts. */
    public void refund() {
        settle(CloudUsage.NONE);
    }
}

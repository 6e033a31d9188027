package io.essaim.state;

import io.essaim.budget.Amounts;
import io.essaim.budget.Budgets;
import io.essaim.budget.Reservation;
import io.essaim.budget.Verdict;
import io.essaim.config.AgentRule;
import io.essaim.config.BudgetRule;
import io.essaim.config.Price;
import io.essaim.config.Priority;
import io.essaim.config.Profile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** Calls without end, for a JVM of its own that is killed. Says after each call how many are over, of one token each. */
final class CloudCalls {
    static final AgentRule AGENT = new AgentRule(
            "drh", null, List.of(), null, 0, null, Priority.INTERACTIVE, List.of(), BudgetRule.NONE, Profile.NONE);

    /** The most that a call may use: one more than it does. */
    static final Amounts MOST = Amounts.ofCall(2, 0, Price.FREE);

    private CloudCalls() {}

    static Reservation reserve(Budgets budgets) {
        if (budgets.reserve(AGENT, MOST) instanceof Verdict.Granted granted) {
            return granted.reservation();
        }
        throw new AssertionError("refused");
    }

    public static void main(String[] args) throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(Path.of(args[0]))) {
            Budgets budgets = new Budgets(store, Clock.systemUTC());
            for (int over = 1; true; over++) {
                Reservation call = reserve(budgets);
                call.settle(Amounts.ofCall(1, 0, Price.FREE));
                if (over % 10 == 0 && store.flush(10_000)) {
                    System.out.println(over);
                }
            }
        }
    }
}

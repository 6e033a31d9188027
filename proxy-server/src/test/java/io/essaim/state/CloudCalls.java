package io.essaim.state;

import io.essaim.budget.BudgetDecision;
import io.essaim.budget.Budgets;
import io.essaim.budget.CloudUsage;
import io.essaim.budget.Reservation;
import io.essaim.config.AgentRule;
import io.essaim.config.BudgetRule;
import io.essaim.config.Price;
import io.essaim.config.Priority;
import io.essaim.config.Profile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls without end, for a JVM of its own that is killed. */
final class CloudCalls {
    static final AgentRule AGENT = new AgentRule(
            "drh", null, List.of(), null, 0, null, Priority.INTERACTIVE, List.of(), BudgetRule.NONE, Profile.NONE);

    /** The most that a call may use: one more than it does. */
    static final CloudUsage MOST = CloudUsage.ofCall(2, 0, Price.FREE);

    /** So many calls are under way at most. */
    static final int AT_A_TIME = 4;

    private CloudCalls() {}

    static Reservation reserve(Budgets budgets) {
        if (budgets.reserve(AGENT, MOST) instanceof BudgetDecision.Granted granted) {
            return granted.reservation();
        }
        throw new AssertionError("refused");
    }

    /** Says how many calls were sent: after each that its reservation was kept for. */
    public static void main(String[] args) throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(Path.of(args[0]))) {
            Budgets budgets = new Budgets(store, Clock.systemUTC());
            Semaphore room = new Semaphore(AT_A_TIME);
            AtomicInteger sent = new AtomicInteger();
            while (true) {
                room.acquire();
                Reservation call = reserve(budgets);
                budgets.whenKept(failure -> {
                    if (failure == null) {
                        System.out.println(sent.incrementAndGet());
                        call.settle(CloudUsage.ofCall(1, 0, Price.FREE));
                    }
                    room.release();
                });
            }
        }
    }
}

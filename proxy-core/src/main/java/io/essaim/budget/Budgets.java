package io.essaim.budget;

import io.essaim.config.AgentRule;
import io.essaim.config.Allowance;
import io.essaim.config.Period;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Enforces the budgets of agents for clouds. Before a call, the most that it may use is reserved in the current day
 * and the current month at once; afterwards the real use replaces the reservation. As long as no call uses more than
 * was reserved for it, spent and reserved amounts together never pass a limit, whatever happens at the same time.
 * Thread-safe, as its store is.
 */
public final class Budgets {
    /** Room that calls under way hold is free soon, yet not within the minute that OpenClaw waits for. */
    private static final int UNDER_WAY = 120;

    private final BudgetStore store;
    private final InstantSource clock;

    /**
     * @param store keeps what was used
     * @param clock the time of day
     */
    public Budgets(BudgetStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Reserves room for one call.
     *
     * @param agent who calls, with its budget; who shares a rule shares the budget
     * @param most the most that the call may use
     */
    public BudgetDecision reserve(AgentRule agent, CloudUsage most) {
        Trial trial = new Trial(agent, most, clock.instant());
        store.update(key(agent), trial);
        return trial.exhausted == null
                ? new BudgetDecision.Granted(new Reservation(this, agent, most, trial.after))
                : trial.exhausted;
    }

    /** Why no call can be reserved now, as a clause; null when it can. */
    public @Nullable String unavailable() {
        return store.unavailable();
    }

    /**
     * Tells when what was reserved so far would count after a crash too: a call is not to be sent before.
     *
     * @param then gets null, or why it would not, as a clause; called once, before this returns or later on any thread
     */
    public void whenKept(Consumer<@Nullable String> then) {
        store.whenKept(then);
    }

    /** How an agent's budget stands now. */
    public List<BudgetLine> lines(AgentRule agent) {
        return BudgetLine.of(agent.budget(), store.read(key(agent)), clock.instant());
    }

    /** Under which name an agent's ledger is kept: names of agents compare in any case. */
    public static String key(AgentRule agent) {
        return agent.name().toLowerCase(Locale.ROOT);
    }

    List<BudgetWarning> settle(AgentRule agent, Ledger made, CloudUsage most, CloudUsage used) {
        Settlement settlement = new Settlement(agent, made, most, used, clock.instant());
        store.update(key(agent), settlement);
        return settlement.warnings;
    }

    /** Adds a reservation to a ledger if it fits. Its fields tell of the last call. */
    private static final class Trial implements UnaryOperator<Ledger> {
        private final AgentRule agent;
        private final CloudUsage most;
        private final Instant now;
        private Ledger after = Ledger.EMPTY;
        private BudgetDecision.@Nullable Exhausted exhausted;

        Trial(AgentRule agent, CloudUsage most, Instant now) {
            this.agent = agent;
            this.most = most;
            this.now = now;
        }

        @Override
        public Ledger apply(Ledger before) {
            Ledger present = before.on(LocalDate.ofInstant(now, agent.budget().zone()));
            exhausted = null;
            for (Period period : Period.values()) {
                for (BudgetMeasure measure : BudgetMeasure.values()) {
                    BudgetLine line = BudgetLine.of(agent.budget(), period, measure, present.window(period), now);
                    if (line.limit() != Allowance.UNLIMITED
                            && measure.in(most) > line.limit() - line.spent() - line.reserved()) {
                        exhausted = later(exhausted, refusal(line));
                    }
                }
            }
            after = exhausted == null ? present.reserve(most) : present;
            return after;
        }

        private BudgetDecision.Exhausted refusal(BudgetLine line) {
            long needed = line.measure().in(most);
            int retryAfter;
            if (needed > line.limit()) {
                retryAfter = 0;
            } else if (needed <= line.limit() - line.spent()) {
                retryAfter = UNDER_WAY;
            } else {
                retryAfter = (int) Math.max(
                        1,
                        Duration.between(now, line.opens())
                                .plusNanos(999_999_999)
                                .toSeconds());
            }
            return new BudgetDecision.Exhausted(agent.name(), line, needed, retryAfter);
        }

        /** Of two the one that keeps the call away longer. */
        private static BudgetDecision.Exhausted later(
                BudgetDecision.@Nullable Exhausted first, BudgetDecision.Exhausted second) {
            if (first == null || first.retryAfterSeconds() == 0) {
                return first == null ? second : first;
            }
            boolean longer = second.retryAfterSeconds() == 0 || second.retryAfterSeconds() > first.retryAfterSeconds();
            return longer ? second : first;
        }
    }

    /** Puts what was used in the place of a reservation, in those windows that it was made in. Its fields tell of the last call. */
    private static final class Settlement implements UnaryOperator<Ledger> {
        private final AgentRule agent;
        private final Ledger made;
        private final CloudUsage most;
        private final CloudUsage used;
        private final Instant now;
        private List<BudgetWarning> warnings = List.of();

        Settlement(AgentRule agent, Ledger made, CloudUsage most, CloudUsage used, Instant now) {
            this.agent = agent;
            this.made = made;
            this.most = most;
            this.used = used;
            this.now = now;
        }

        @Override
        public Ledger apply(Ledger before) {
            warnings = new ArrayList<>();
            Ledger after = before;
            for (Period period : Period.values()) {
                BudgetWindow window = before.window(period);
                if (window.number() == made.window(period).number()) {
                    after = after.with(period, warned(period, window.settle(most, used)));
                }
            }
            return after;
        }

        private BudgetWindow warned(Period period, BudgetWindow window) {
            if (window.warned()) {
                return window;
            }
            for (BudgetMeasure measure : BudgetMeasure.values()) {
                BudgetLine line = BudgetLine.of(agent.budget(), period, measure, window, now);
                if (line.mostlySpent()) {
                    warnings.add(new BudgetWarning(agent.name(), line));
                    return window.withWarning();
                }
            }
            return window;
        }
    }
}

package io.essaim.budget;

import static io.essaim.config.Allowance.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.budget.BudgetDecision.Exhausted;
import io.essaim.budget.BudgetDecision.Granted;
import io.essaim.config.AgentRule;
import io.essaim.config.Allowance;
import io.essaim.config.BudgetRule;
import io.essaim.config.Price;
import io.essaim.config.Priority;
import io.essaim.config.Profile;
import io.essaim.selection.Choice;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

class BudgetsTest {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");
    private static final Price PRICE = new Price(1_000_000, 4_000_000); // 1 and 4 for a million

    private final ManualClock clock = new ManualClock("2026-11-23T18:00+01:00[Europe/Paris]");
    private final Budgets budgets = new Budgets(new MemoryStore(), clock);

    private static AgentRule agent(Allowance day, Allowance month) {
        return new AgentRule(
                "drh",
                null,
                List.of(),
                null,
                0,
                null,
                Priority.INTERACTIVE,
                List.of(),
                new BudgetRule(day, month, PARIS),
                Profile.NONE);
    }

    private static AgentRule tokensADay(long tokens) {
        return agent(new Allowance(UNLIMITED, tokens, UNLIMITED), Allowance.ALL);
    }

    private Reservation granted(AgentRule agent, long tokens) {
        BudgetDecision verdict = budgets.reserve(agent, CloudUsage.ofCall(tokens, 0, PRICE));
        assertThat(verdict).isInstanceOf(Granted.class);
        return ((Granted) verdict).reservation();
    }

    private Exhausted refused(AgentRule agent, long tokens) {
        BudgetDecision verdict = budgets.reserve(agent, CloudUsage.ofCall(tokens, 0, PRICE));
        assertThat(verdict).isInstanceOf(Exhausted.class);
        return (Exhausted) verdict;
    }

    private List<Long> left(AgentRule agent) {
        return budgets.lines(agent).stream().map(BudgetLine::left).toList();
    }

    @Test
    void whatIsReservedGivesWayToWhatWasUsed() {
        AgentRule agent = agent(new Allowance(10, 1000, 5_000), new Allowance(UNLIMITED, UNLIMITED, 100_000));

        Reservation call = ((Granted) budgets.reserve(agent, CloudUsage.ofCall(100, 500, PRICE))).reservation();
        assertThat(left(agent)).containsExactly(9L, 400L, 2_900L, 97_900L);
        call.settle(CloudUsage.ofCall(90, 50, PRICE));
        assertThat(left(agent)).containsExactly(9L, 860L, 4_710L, 99_710L);
    }

    @Test
    void aRefundLeavesNoTrace() {
        AgentRule agent = tokensADay(1000);
        granted(agent, 1000).refund();
        granted(agent, 1000).spendAll();
        assertThat(left(agent)).containsExactly(0L);
    }

    @Test
    void aReservationEndsOnce() {
        AgentRule agent = tokensADay(1000);
        Reservation call = granted(agent, 500);
        call.settle(CloudUsage.ofCall(100, 0, PRICE));
        assertThat(call.spendAll()).isEmpty();
        call.refund();
        assertThat(left(agent)).containsExactly(900L);
    }

    @Test
    void whatIsUsedBeyondTheReservationCounts() {
        AgentRule agent = tokensADay(1000);
        granted(agent, 500).settle(CloudUsage.ofCall(1200, 0, PRICE));
        assertThat(left(agent)).containsExactly(0L);
        assertThat(refused(agent, 1).line().spent()).isEqualTo(1200);
    }

    @Test
    void nonsenseFromACloudDoesNotBreakTheSums() {
        AgentRule agent = tokensADay(1000);
        granted(agent, 10).settle(CloudUsage.ofCall(-5, Long.MAX_VALUE, PRICE));
        assertThat(budgets.lines(agent).get(0).spent()).isEqualTo(1_000_000_000);
    }

    @Test
    void warnsOnceAWindowWhenFourFifthsAreSpent() {
        AgentRule agent = tokensADay(1000);
        assertThat(granted(agent, 799).spendAll()).isEmpty();
        List<BudgetWarning> warnings = granted(agent, 1).spendAll();
        assertThat(warnings)
                .singleElement()
                .extracting(warning -> warning.message("EUR"))
                .isEqualTo("agent drh has spent 800 of the 1000 tokens of its cloud budget for the day");
        assertThat(granted(agent, 100).spendAll()).isEmpty();
        clock.set("2026-11-24T00:00+01:00[Europe/Paris]");
        assertThat(granted(agent, 900).spendAll()).hasSize(1);
    }

    @Test
    void saysWhichBudgetIsSpentAndWhenItOpensAgain() {
        AgentRule agent = agent(new Allowance(UNLIMITED, UNLIMITED, 1_500_000), Allowance.ALL);
        granted(agent, 1_480_000).spendAll();
        Choice.Refused refused = Choice.Refused.outOfBudget(refused(agent, 100_000), "EUR");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.reason().word()).isEqualTo("budget_exhausted");
        assertThat(refused.retryAfterSeconds()).isEqualTo(6 * 3600);
        assertThat(refused.message())
                .isEqualTo(
                        "daily limit reached: this request may need 0.1, and the cloud budget of agent drh for the day"
                                + " is 1.5 EUR, of which 1.48 spent; it opens again at 2026-11-24 00:00 Europe/Paris,"
                                + " try again in 21600s");
    }

    @Test
    void ofDayAndMonthTheLaterOneIsNamed() {
        AgentRule agent = agent(new Allowance(1, UNLIMITED, UNLIMITED), new Allowance(1, UNLIMITED, UNLIMITED));
        granted(agent, 5).spendAll();
        assertThat(refused(agent, 5).message("EUR"))
                .startsWith("monthly limit reached: ")
                .contains("the cloud budget of agent drh for the month is 1 requests, of which 1 spent")
                .contains("opens again at 2026-12-01 00:00 Europe/Paris");
    }

    @Test
    void roomThatCallsUnderWayHoldMayComeFreeSoon() {
        AgentRule agent = tokensADay(1000);
        Reservation call = granted(agent, 900);
        Exhausted exhausted = refused(agent, 200);
        assertThat(exhausted.message("EUR"))
                .startsWith("daily limit reached: ")
                .contains("of which 0 spent and 900 reserved for calls under way")
                .endsWith(", or earlier when those are over, try again in 120s");
        call.settle(CloudUsage.ofCall(100, 0, PRICE));
        granted(agent, 200);
    }

    @Test
    void aRequestLargerThanTheBudgetIsToldSo() {
        AgentRule agent = tokensADay(1000);
        Exhausted exhausted = refused(agent, 1001);
        assertThat(exhausted.retryAfterSeconds()).isZero();
        assertThat(exhausted.message("EUR"))
                .isEqualTo(
                        "daily limit reached: this request may need 1001, and the cloud budget of agent drh for the day"
                                + " is 1000 tokens");
    }

    @Test
    void aCallCountsInTheWindowsItBeganIn() {
        AgentRule agent = agent(new Allowance(5, UNLIMITED, UNLIMITED), new Allowance(50, UNLIMITED, UNLIMITED));
        Reservation late = granted(agent, 10);
        clock.set("2026-11-24T00:00:01+01:00[Europe/Paris]");
        granted(agent, 10);
        late.spendAll();
        assertThat(budgets.lines(agent)).extracting(BudgetLine::spent).containsExactly(0L, 1L);
        assertThat(budgets.lines(agent)).extracting(BudgetLine::reserved).containsExactly(1L, 1L);
    }

    @Test
    void withoutABudgetNothingIsRefusedAndAllIsCounted() {
        AgentRule agent = new AgentRule(
                "main", null, List.of(), null, 0, null, Priority.INTERACTIVE, List.of(), BudgetRule.NONE, Profile.NONE);
        for (int i = 0; i < 3; i++) {
            granted(agent, 1_000_000_000).spendAll();
        }
        assertThat(budgets.lines(agent)).hasSize(6).allSatisfy(line -> {
            assertThat(line.left()).isEqualTo(UNLIMITED);
            assertThat(line.spent()).isPositive();
        });
    }

    @Test
    void theForecastGoesOnAsTheWindowWentSoFar() {
        AgentRule agent = agent(new Allowance(UNLIMITED, 1000, UNLIMITED), new Allowance(UNLIMITED, 9000, UNLIMITED));
        granted(agent, 300).spendAll();
        // 18 of 24 hours, and 22.75 of 30 days
        assertThat(budgets.lines(agent))
                .extracting(BudgetLine::forecast)
                .containsExactly(400L, Math.round(300 * 30 / 22.75));
    }
}

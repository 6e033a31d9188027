package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.config.Gate;
import io.essaim.config.Priority;
import io.essaim.fleet.Lease;
import io.essaim.fleet.SlotOwner;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import io.essaim.selection.Choice.Reason;
import io.essaim.selection.Choice.Standing;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A primary and its standby, for an agent that has clouds where neither is expected to begin within eight seconds. */
class GatedChoiceTest {
    private static final Gate GATE = new Gate(8, 0.15);
    private static final SlotOwner MAIN = new SlotOwner("main", Priority.INTERACTIVE);
    private static final double NANOS = 1e9;

    private final TestFleet fleet = new TestFleet(
                    "{'backends':{'dev2':{'url':'http://a','slots':4},"
                            + "'pi':{'url':'http://b','slots':1,'speed':{'machine':'small-board'}}},'routes':[{'models':['*'],'tiers':[['dev2'],['pi']]}]}")
            .up("dev2", "m")
            .up("pi", "m")
            .loaded("dev2", "m")
            .loaded("pi", "m");
    private final Routes routes = new Routes(fleet.rules, fleet.fleet);

    /** Eight answers that tell how many seconds the host takes for a token that it reads, and writes. */
    private void measured(String host, double read, double write) {
        for (int i = 0; i < 8; i++) {
            Lease lease = fleet.lease(host, "m");
            fleet.ticker.passSeconds(0.01 + 500 * read);
            lease.firstToken(true);
            fleet.ticker.passSeconds(99 * write);
            lease.progress(100);
            lease.answered(
                    new ReportedTimings(500, (long) (500 * read * NANOS), 100, (long) (100 * write * NANOS), 0, (long)
                            ((500 * read + 100 * write) * NANOS)));
            lease.end(Outcome.OK);
        }
    }

    private Choice ask(long tokens, @Nullable Gate gate) {
        Plan plan = routes.plan(TestFleet.model("m"), null, null).gated(gate);
        QueueTurn turn = new QueueTurn(0, fleet.ticker.nanos(), MAIN);
        return Selector.chooseFree(plan, Set.of(), PromptEstimate.of(RequestSize.ofTokens(tokens)), turn);
    }

    private Choice.Taken takes(long tokens, @Nullable Gate gate) {
        Choice choice = ask(tokens, gate);
        assertThat(choice).isInstanceOf(Choice.Taken.class);
        return (Choice.Taken) choice;
    }

    private String goesTo(long tokens, @Nullable Gate gate) {
        Choice.Taken taken = takes(tokens, gate);
        taken.lease().end(Outcome.NEUTRAL);
        return taken.candidate().backend().name();
    }

    private Reason refused(long tokens) {
        Choice choice = ask(tokens, GATE);
        assertThat(choice).isInstanceOf(Choice.Refused.class);
        return ((Choice.Refused) choice).reason();
    }

    @Test
    void aStandbyThatIsGoodEnoughIsAskedBeforeTheClouds_thoughThePrimaryWouldBeDoneSooner() {
        measured("dev2", 0.009, 0.01);
        measured("pi", 0.007, 0.14);
        assertThat(goesTo(1000, null)).isEqualTo("dev2");
        assertThat(goesTo(1000, GATE)).isEqualTo("pi");
        assertThat(goesTo(100, GATE)).isEqualTo("dev2");
        assertThat(refused(1500)).isEqualTo(Reason.NOT_GOOD_ENOUGH);
    }

    @Test
    void waitsWhereAPromptIsRead_ratherThanMakingItsFirstTokenLate() {
        measured("dev2", 0.004, 0.03);
        fleet.backend("pi").down("gone");
        Choice.Taken reads = takes(1500, GATE);
        fleet.ticker.passSeconds(1);
        assertThat(refused(100)).as("it can wait five seconds").isEqualTo(Reason.BETTER_LATER);
        assertThat(refused(800)).as("it cannot").isEqualTo(Reason.NOT_GOOD_ENOUGH);
        assertThat(goesTo(100, null)).as("who has no clouds need not").isEqualTo("dev2");
        assertThat(Selector.look(
                        routes.plan(TestFleet.model("m"), null, null).gated(GATE),
                        PromptEstimate.of(RequestSize.ofTokens(100))))
                .first()
                .satisfies(tier -> assertThat(tier.get(0).standing()).isEqualTo(Standing.READING));
        fleet.ticker.passSeconds(5);
        reads.lease().firstToken(true);
        assertThat(goesTo(100, GATE)).isEqualTo("dev2");
        assertThat(goesTo(800, GATE)).isEqualTo("dev2");
    }

    @Test
    void nobodyWaitsForAPromptThatIsInTimeAllTheSame_orTooLateAnyway() {
        measured("dev2", 0.004, 0.03);
        fleet.backend("pi").down("gone");
        Choice.Taken quick = takes(500, GATE);
        assertThat(goesTo(100, GATE)).isEqualTo("dev2");
        quick.lease().end(Outcome.NEUTRAL);
        takes(1900, GATE);
        fleet.ticker.passSeconds(8.5);
        assertThat(goesTo(100, GATE)).isEqualTo("dev2");
    }

    /** Two write on the primary. */
    private List<Choice.Taken> halfBusy() {
        Choice.Taken one = takes(20, GATE);
        Choice.Taken other = takes(20, GATE);
        fleet.ticker.passSeconds(1);
        one.lease().firstToken(true);
        other.lease().firstToken(true);
        return List.of(one, other);
    }

    @Test
    void whileRequestsAreTurnedAway_aBusyPrimaryIsSparedWhatItsStandbyCanDo() {
        measured("dev2", 0.004, 0.03);
        measured("pi", 0.016, 0.08);
        List<Choice.Taken> busy = halfBusy();
        assertThat(goesTo(100, GATE)).as("nothing is wrong").isEqualTo("dev2");
        assertThat(refused(3000)).isEqualTo(Reason.NOT_GOOD_ENOUGH);
        assertThat(goesTo(100, GATE)).isEqualTo("pi");
        assertThat(goesTo(100, null))
                .as("who has no clouds spares them nothing")
                .isEqualTo("dev2");
        assertThat(goesTo(600, GATE)).as("the standby would be too slow").isEqualTo("dev2");
        busy.get(0).lease().end(Outcome.NEUTRAL);
        assertThat(goesTo(100, GATE)).as("less than half of it is busy").isEqualTo("dev2");
        busy.get(1).lease().end(Outcome.NEUTRAL);
        fleet.ticker.passSeconds(60);
        halfBusy();
        assertThat(goesTo(100, GATE)).as("for a minute").isEqualTo("dev2");
    }

    @Test
    void aStandbyThatWouldSpareThePrimary_isWarmed() {
        measured("dev2", 0.004, 0.03);
        measured("pi", 0.016, 0.08);
        fleet.loaded("pi");
        halfBusy();
        assertThat(refused(3000)).isEqualTo(Reason.NOT_GOOD_ENOUGH);
        assertThat(goesTo(100, GATE)).isEqualTo("dev2");
        assertThat(routes.wishes(fleet.ticker.nanos()))
                .extracting(wish -> wish.candidate().backend().name())
                .containsExactly("pi");
    }
}

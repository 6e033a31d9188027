package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.ReportedTimings;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CanaryScheduleTest {
    private final TestFleet fleet =
            new TestFleet("{'backends':{'a':{'url':'http://10.0.0.1:11434'},'b':{'url':'http://10.0.0.2:11434'}},"
                    + "'routes':[{'models':['m*'],'tiers':[['a',{'backend':'b','model':'small'}]]}]}");
    private final Routes routes = new Routes(fleet.rules, fleet.fleet);
    private final CanarySchedule canaries = new CanarySchedule();

    @BeforeEach
    void up() {
        fleet.up("a", "m", "m2", "other").up("b", "small", "m");
    }

    private List<Canary> due() {
        return canaries.due(routes, fleet.fleet, fleet.ticker.nanos());
    }

    private List<String> named() {
        return due().stream()
                .map(canary -> {
                    canary.lease().end(Outcome.NEUTRAL);
                    return canary.candidate().backend().name() + " "
                            + canary.candidate().model().shortest();
                })
                .toList();
    }

    @Test
    void askWhatIsInMemoryAndWasNeverMeasured_afterTenSecondsWithoutWork() {
        fleet.loaded("a", "m").loaded("b", "small");
        fleet.ticker.passSeconds(9);
        assertThat(due()).isEmpty();
        fleet.ticker.passSeconds(1);
        assertThat(named()).containsExactly("a m:latest", "b small:latest");
    }

    @Test
    void askNothingThatWouldHaveToBeLoaded_orThatNobodyIsSentThereFor() {
        fleet.loaded("a", "other").loaded("b", "m");
        fleet.ticker.passSeconds(100);
        assertThat(due()).isEmpty();
    }

    @Test
    void areOneAtATimeForAHost_andTakeASlot() {
        fleet.loaded("a", "m", "m2");
        fleet.ticker.passSeconds(10);
        List<Canary> first = due();
        assertThat(first).hasSize(1);
        assertThat(fleet.backend("a").inFlight()).isEqualTo(1);
        assertThat(due()).as("while it runs").isEmpty();
        first.get(0).lease().end(Outcome.NEUTRAL);
        fleet.ticker.passSeconds(10);
        assertThat(named()).as("the other model").hasSize(1).doesNotContain("a m:latest");
    }

    @Test
    void areNotRepeatedForTenMinutes_whateverCameOfThem() {
        fleet.loaded("a", "m");
        fleet.ticker.passSeconds(10);
        due().get(0).lease().failed(new Failure(Failure.Kind.LOST, "it broke"), 0);
        fleet.ticker.passSeconds(599);
        fleet.loaded("a", "m");
        assertThat(due()).isEmpty();
        fleet.ticker.passSeconds(2);
        assertThat(named()).containsExactly("a m:latest");
    }

    @Test
    void lookAgainAtWhatWasMeasuredLongAgo() {
        fleet.measure("a", "m", 0.1, 4);
        fleet.ticker.passSeconds(590);
        fleet.loaded("a", "m");
        assertThat(due()).isEmpty();
        fleet.ticker.passSeconds(20);
        assertThat(named()).containsExactly("a m:latest");
    }

    @Test
    void leaveAHostAloneThatWorks_loads_orAskedToBe() {
        fleet.loaded("a", "m").loaded("b", "small");
        fleet.ticker.passSeconds(100);
        Lease work = fleet.lease("a", "m");
        fleet.backend("b").loading(TestFleet.model("other"), true);
        assertThat(due()).isEmpty();
        TestFleet.saturate(work, 1_000_000_000L * 60);
        fleet.ticker.passSeconds(30);
        assertThat(due()).isEmpty();
        fleet.backend("b").loading(TestFleet.model("other"), false);
        assertThat(named()).containsExactly("b small:latest");
    }

    @Test
    void tryAHostWhoseBreakerIsHalfOpen_beforeAClientDoes() {
        fleet.measure("a", "m", 0.1, 4);
        new Choosing(fleet).trip("a");
        assertThat(due()).isEmpty();
        fleet.ticker.passSeconds(3);
        fleet.backend("a").gate().refresh();
        fleet.backend("a").up();
        List<Canary> due = due();
        assertThat(due).hasSize(1);
        due.get(0).lease().firstToken(true);
        due.get(0).lease().end(Outcome.OK);
        assertThat(fleet.backend("a").gate().refresh()).isEqualTo(BreakerGate.Standing.CLOSED);
    }

    @Test
    void askForTheContextThatTheModelRunsWith_sinceAnotherWouldLoadItAnew() {
        fleet.loaded("a", "m");
        fleet.backend("a").contexts().ran(TestFleet.model("m"), 8192, fleet.ticker.nanos());
        fleet.ticker.passSeconds(10);
        List<Canary> due = due();
        assertThat(due.get(0).context()).isEqualTo(8192);
        assertThat(due.get(0).lease().warm()).isTrue();
    }

    @Test
    void areRepeatedEveryMinute_whereRequestsAreAskedForButGoElsewhere() {
        fleet.measure("a", "m", 0.1, 4);
        fleet.ticker.passSeconds(54);
        fleet.loaded("a", "m");
        ask();
        assertThat(due()).as("measured within the minute").isEmpty();
        fleet.ticker.passSeconds(8);
        assertThat(named()).containsExactly("a m:latest");
        fleet.ticker.passSeconds(30);
        ask();
        assertThat(due()).as("asked within the minute").isEmpty();
        fleet.ticker.passSeconds(31);
        assertThat(named()).containsExactly("a m:latest");
        fleet.ticker.passSeconds(61);
        assertThat(due()).as("nobody asks for it any more").isEmpty();
    }

    @Test
    void areNotRepeatedSo_onAStandby() {
        TestFleet tiers = new TestFleet("{'backends':{'a':{'url':'http://a'},'b':{'url':'http://b'}},"
                + "'routes':[{'models':['*'],'tiers':[['a'],['b']]}]}");
        Routes both = new Routes(tiers.rules, tiers.fleet);
        tiers.up("a", "m").up("b", "m");
        tiers.measure("a", "m", 0.1, 4);
        tiers.measure("b", "m", 0.1, 4);
        tiers.ticker.passSeconds(120);
        tiers.loaded("a", "m").loaded("b", "m");
        both.plan(TestFleet.model("m"), null, null);
        assertThat(canaries.due(both, tiers.fleet, tiers.ticker.nanos()))
                .extracting(canary -> canary.candidate().backend().name())
                .containsExactly("a");
    }

    @Test
    void followOneAnother_untilASurpriseIsBelieved() {
        fleet.measure("a", "m", 0.1, 4);
        int asked = 0;
        for (int i = 0; i < 40; i++) {
            fleet.ticker.passSeconds(10);
            fleet.loaded("a", "m");
            ask();
            for (Canary canary : due()) {
                asked++;
                canary.lease().firstToken(true);
                fleet.ticker.passSeconds(8);
                canary.lease().progress(20);
                canary.lease().answered(new ReportedTimings(64, 1_000_000_000L, 20, 8_000_000_000L, 0, 9_000_000_000L));
                canary.lease().end(Outcome.OK);
            }
            if (asked == 1) {
                assertThat(i).as("after a minute").isBetween(5, 7);
            }
            if (i == 12) {
                assertThat(asked).as("ten times slower than before").isBetween(3, 6);
                assertThat(tpot()).isGreaterThan(0.3);
            }
        }
        assertThat(asked).as("about one a minute after that").isLessThan(12);
    }

    private double tpot() {
        return fleet.forecast("a", "m").prediction().tpotSeconds();
    }

    private void ask() {
        routes.plan(TestFleet.model("m"), null, null);
    }
}

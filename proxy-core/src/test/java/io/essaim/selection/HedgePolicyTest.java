package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HedgePolicyTest {
    private final TestFleet fleet = new TestFleet("{'backends':{'a':{'url':'http://a','slots':2},"
                    + "'b':{'url':'http://b','slots':2},'c':{'url':'http://c','slots':2}},"
                    + "'routes':[{'models':['*'],'tiers':[['a'],['b','c']]}]}")
            .up("a", "m")
            .up("b", "m")
            .up("c", "m");
    private final Choosing choosing = new Choosing(fleet);

    private Choice.Taken second(double rest, String... tried) {
        Set<Backend> asked = new HashSet<>();
        for (String name : tried) {
            asked.add(fleet.backend(name));
        }
        return HedgePolicy.second(choosing.plan("m"), asked, Choosing.PROMPT, rest);
    }

    private int inFlight() {
        return fleet.fleet.all().stream().mapToInt(Backend::inFlight).sum();
    }

    @Test
    void waitsThreeTimesAsLongAsPredicted_butThreeSecondsAtLeast() {
        fleet.measure("a", "m", 0.5, 1);
        Lease quick = fleet.lease("a", "m");
        assertThat(HedgePolicy.afterSeconds(quick)).isEqualTo(3);
        quick.end(Outcome.NEUTRAL);
        fleet.measure("b", "m", 2, 1);
        Lease slow = fleet.lease("b", "m");
        assertThat(slow.prediction().ttftSeconds()).isBetween(1.5, 2.5);
        assertThat(HedgePolicy.afterSeconds(slow))
                .isCloseTo(3 * slow.prediction().ttftSeconds(), within(1e-9));
    }

    @Test
    void whoIsHardlyKnownIsNotSaidToHang() {
        assertThat(HedgePolicy.afterSeconds(fleet.lease("a", "m"))).isInfinite();
    }

    @Test
    void asksTheNextThatIsWarmAndKnown_whateverItsTier() {
        fleet.measure("a", "m", 0.5, 1);
        Lease silent = fleet.lease("a", "m");
        assertThat(second(30, "a")).as("neither b nor c was measured").isNull();
        fleet.loaded("b", "m");
        assertThat(second(30, "a")).isNull();
        fleet.measure("c", "m", 1, 1);
        assertThat(second(1, "a")).as("c would hardly be sooner").isNull();
        assertThat(second(30, "a", "c")).as("c was asked").isNull();
        Choice.Taken taken = second(30, "a");
        assertThat(taken.candidate().backend().name()).isEqualTo("c");
        assertThat(taken.tier()).isEqualTo(1);
        assertThat(inFlight()).isEqualTo(2);
        taken.lease().end(Outcome.NEUTRAL);
        fleet.loaded("c");
        assertThat(second(30, "a")).as("c has it no longer in memory").isNull();
        silent.end(Outcome.NEUTRAL);
        assertThat(inFlight()).isZero();
    }

    /** An idle host is asked once in about ten minutes how fast it is, and never more. */
    @Test
    void asksAnIdleStandbyThatOnlyCanariesKnow() {
        fleet.measure("a", "m", 0.5, 1);
        fleet.loaded("b", "m");
        fleet.answer("b", "m", 1, 1);
        assertThat(second(30, "a")).as("one canary").isNotNull().satisfies(HedgePolicyTest::end);
        for (int i = 0; i < 6; i++) {
            fleet.ticker.passSeconds(660);
            fleet.loaded("b", "m");
            assertThat(second(30, "a")).as("canary %d", i).isNotNull().satisfies(HedgePolicyTest::end);
            fleet.answer("b", "m", 1, 1);
        }
        fleet.ticker.passSeconds(3600);
        fleet.loaded("b", "m");
        assertThat(second(30, "a")).as("known an hour ago").isNull();
    }

    private static void end(Choice.Taken taken) {
        taken.lease().end(Outcome.NEUTRAL);
    }

    @Test
    void takesNoSlotOfABusyFleet() {
        for (String name : new String[] {"a", "b", "c"}) {
            fleet.measure(name, "m", 0.5, 1);
        }
        fleet.lease("a", "m");
        fleet.lease("a", "m");
        fleet.lease("b", "m");
        Lease fourth = fleet.lease("b", "m");
        Choice.Taken roomy = second(30, "a");
        assertThat(roomy.candidate().backend().name()).as("b is full").isEqualTo("c");
        roomy.lease().end(Outcome.NEUTRAL);
        Lease fifth = fleet.lease("c", "m");
        assertThat(second(30, "a")).as("five of six slots are taken").isNull();
        fifth.end(Outcome.NEUTRAL);
        fourth.end(Outcome.NEUTRAL);
        assertThat(second(30, "a")).isNotNull();
    }
}

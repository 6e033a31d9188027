package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.ReportedTimings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
    private static final String TIERS = """
            {'backends':{'a':{'url':'http://10.0.0.1:11434','slots':2},
                         'b':{'url':'http://10.0.0.2:11434','slots':2},
                         'c':{'url':'http://10.0.0.3:11434','slots':1}},
             'routes':[{'models':['*'],'tiers':[['a','b'],[{'backend':'c','model':'small'}]]}]}
            """;

    private final TestFleet fleet = new TestFleet(TIERS);
    private final Choosing choosing = new Choosing(fleet);

    private void allUp() {
        fleet.up("a", "m", "other").up("b", "m", "other").up("c", "small", "other");
    }

    /** Both of the first tier warm and measured. */
    private void measured(double firstOfA, double firstOfB) {
        allUp();
        fleet.measure("a", "m", firstOfA, 4);
        fleet.measure("b", "m", firstOfB, 4);
    }

    @Nested
    class Tiers {
        @Test
        void theFirstOneWithAnEligibleBackendDecides() {
            allUp();
            fleet.measure("c", "small", 0.01, 0.1);
            Choice.Taken taken = choosing.take("m");
            assertThat(taken.tier()).isZero();
            assertThat(taken.candidate().backend().name()).isEqualTo("a");
        }

        @Test
        void theNextOneFollowsWhenNobodyIsEligible() {
            allUp();
            fleet.backend("a").down("refused");
            choosing.trip("b");
            Choice.Taken taken = choosing.take("m");
            assertThat(taken.tier()).isEqualTo(1);
            assertThat(taken.candidate().backend().name()).isEqualTo("c");
            assertThat(taken.candidate().model().shortest()).isEqualTo("small:latest");
            assertThat(taken.candidate().renamed()).isTrue();
        }

        @Test
        void theNextOneFollows_whenAHalfOpenBreakerLetsNobodyElseIn() {
            measured(0.5, 0.5);
            fleet.backend("b").down("refused");
            choosing.trip("a");
            fleet.ticker.passSeconds(3);
            fleet.backend("a").gate().refresh();
            fleet.backend("a").up();
            assertThat(choosing.take("m").tier()).as("a first trial").isZero();
            assertThat(choosing.take("m").tier()).as("a second one").isZero();
            assertThat(choosing.take("m").tier()).isEqualTo(1);
        }

        @Test
        void theStandbyHelps_whenTheFirstTierHangs() {
            measured(0.5, 0.5);
            fleet.measure("c", "small", 1, 8);
            fleet.lease("a", "m");
            fleet.lease("b", "m");
            assertThat(choosing.take("m").tier()).isZero();
            fleet.ticker.passSeconds(20);
            assertThat(choosing.take("m").tier()).as("nothing came for 20 s").isEqualTo(1);
        }

        @Test
        void theStandbyStaysOne_whereItIsHardlyBetter() {
            measured(10, 10);
            fleet.measure("c", "small", 9, 4);
            assertThat(choosing.take("m").tier()).isZero();
        }

        @Test
        void aFullTierIsStillTheFirst_unlessTheWaitIsLong() {
            measured(0.5, 0.5);
            List<String> chosen = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                chosen.add(choosing.take("m").candidate().backend().name());
            }
            assertThat(chosen.subList(0, 6)).as("up to two each wait").doesNotContain("c");
            assertThat(chosen).as("the standby, when it is clearly better").contains("c");
        }
    }

    @Nested
    class Context {
        private String with(Integer context) {
            Choice.Taken taken = (Choice.Taken) choosing.choose("m", context);
            taken.lease().end(Outcome.NEUTRAL);
            return taken.candidate().backend().name();
        }

        @Test
        void aHostThatRunsWithIt_isBetterThanAFasterOneThatWouldLoadAnew() {
            measured(0.2, 0.4);
            fleet.backend("a").contexts().ran(TestFleet.model("m"), 4096, fleet.ticker.nanos());
            fleet.backend("b").contexts().ran(TestFleet.model("m"), 8192, fleet.ticker.nanos());
            assertThat(with(4096)).isEqualTo("a");
            assertThat(with(8192)).isEqualTo("b");
            assertThat(fleet.backend("a").contexts().reloadsAvoided()).isEqualTo(1);
            assertThat(fleet.backend("b").contexts().reloadsAvoided()).isEqualTo(1);
        }

        @Test
        void aLoadThatNobodyCanAvoid_isCountedWhereItHappens() {
            measured(0.2, 0.4);
            fleet.backend("a").contexts().ran(TestFleet.model("m"), 4096, fleet.ticker.nanos());
            fleet.backend("b").contexts().ran(TestFleet.model("m"), 4096, fleet.ticker.nanos());
            assertThat(with(8192)).isEqualTo("a");
            assertThat(fleet.backend("a").contexts().reloadsCaused()).isEqualTo(1);
            assertThat(fleet.backend("b").contexts().reloadsCaused()).isZero();
        }
    }

    @Nested
    class Eligible {
        @Test
        void nobodyTwiceForOneRequest() {
            allUp();
            assertThat(choosing.who("m", "a")).isEqualTo("b");
            assertThat(choosing.who("m", "a", "b")).isEqualTo("c");
            assertThat(choosing.choose("m", "a", "b", "c")).isInstanceOf(Choice.Refused.class);
        }

        @Test
        void nobodyWhoIsDown() {
            measured(0.1, 5);
            fleet.backend("a").down("refused");
            assertThat(choosing.who("m")).isEqualTo("b");
            fleet.backend("b").down("refused");
            fleet.backend("c").down("refused");
            assertThat(choosing.choose("m")).isInstanceOf(Choice.Refused.class);
        }

        @Test
        void nobodyWhoIsFullUntilItsTime() {
            measured(0.1, 5);
            TestFleet.saturate(fleet.lease("a", "m"), 7_000_000_000L);
            assertThat(choosing.who("m")).isEqualTo("b");
            fleet.ticker.passSeconds(6.9);
            assertThat(choosing.who("m")).isEqualTo("b");
            fleet.ticker.passSeconds(0.2);
            assertThat(choosing.who("m")).isEqualTo("a");
        }

        @Test
        void nobodyWithAnOpenBreakerUntilProbed() {
            measured(0.1, 5);
            choosing.trip("a");
            assertThat(choosing.who("m")).isEqualTo("b");
            fleet.ticker.passSeconds(2.1);
            assertThat(choosing.who("m")).isEqualTo("b");
            fleet.backend("a").gate().refresh();
            fleet.backend("a").up();
            assertThat(choosing.who("m")).isEqualTo("a");
        }

        @Test
        void atMostTwoTrialsThenTheNextBest() {
            measured(0.01, 50);
            choosing.trip("a");
            fleet.ticker.passSeconds(2.1);
            fleet.backend("a").gate().refresh();
            fleet.backend("a").up();
            List<String> chosen = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                chosen.add(choosing.take("m").candidate().backend().name());
            }
            assertThat(chosen).containsExactly("a", "a", "b", "b");
        }

        @Test
        void nobodyWithoutTheModel() {
            fleet.up("a", "else").up("b", "m").up("c");
            assertThat(choosing.who("m")).isEqualTo("b");
            assertThat(choosing.choose("m", "b")).isInstanceOf(Choice.Refused.class);
        }

        @Test
        void whoeverIsNotKnownYet() {
            fleet.up("a", "else");
            assertThat(choosing.who("m")).isEqualTo("b");
        }

        @Test
        void namesAsOllamaReadsThem() {
            fleet.up("a", "else").up("b", "Library-Model:latest");
            assertThat(choosing.who("library-model")).isEqualTo("b");
            assertThat(choosing.who("LIBRARY-MODEL:LATEST")).isEqualTo("b");
            assertThat(choosing.refused("library-model:1b", "c").reason()).isEqualTo(Choice.Reason.NO_HEALTHY_BACKEND);
        }

        @Test
        void nobodyWhoCouldNotRunTheModelAMomentAgo() {
            measured(0.1, 5);
            Lease lease = fleet.lease("a", "m");
            TestFleet.breakModel(lease);
            lease.end(Outcome.NEUTRAL);
            assertThat(choosing.who("m")).isEqualTo("b");
            assertThat(choosing.who("other")).as("the host itself is well").isEqualTo("a");
            fleet.ticker.passSeconds(31);
            assertThat(choosing.who("m")).isEqualTo("a");
        }
    }

    @Nested
    class LeastLatency {
        @Test
        void theFasterOne() {
            measured(0.4, 0.3);
            assertThat(choosing.who("m")).isEqualTo("b");
        }

        @Test
        void warmBeforeCold() {
            measured(0.3, 0.4);
            fleet.loaded("a");
            assertThat(choosing.who("m")).isEqualTo("b");
        }

        @Test
        void aLoadCostsWhatItWasSeenToCost() {
            allUp();
            fleet.answer("a", "m", 1.0, 1);
            fleet.answer("b", "m", 40, 1);
            fleet.measure("a", "m", 0.5, 1);
            fleet.measure("b", "m", 0.1, 1);
            fleet.loaded("a").loaded("b");
            assertThat(choosing.who("m")).isEqualTo("a");
        }

        @Test
        void aFreeSlotBeforeAShorterTime() {
            measured(0.3, 1.5);
            choosing.take("m");
            choosing.take("m");
            assertThat(choosing.who("m"))
                    .as("a would make one wait for 4.3 / 2 s")
                    .isEqualTo("b");
        }

        @Test
        void theShortestWaitWhenAllAreFull() {
            allUp();
            fleet.measure("a", "m", 0.3, 20);
            fleet.measure("b", "m", 0.3, 2);
            for (int i = 0; i < 4; i++) {
                fleet.lease(i < 2 ? "a" : "b", "m");
            }
            List<String> more = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                more.add(choosing.take("m").candidate().backend().name());
            }
            assertThat(more).containsOnly("b");
        }

        @Test
        void equalsShare() {
            measured(0.5, 0.5);
            assertThat(choosing.take("m").candidate().backend().name()).isEqualTo("a");
            assertThat(choosing.take("m").candidate().backend().name()).isEqualTo("b");
            assertThat(choosing.take("m").candidate().backend().name()).isEqualTo("a");
            assertThat(choosing.take("m").candidate().backend().name()).isEqualTo("b");
        }

        @Test
        void oneOutlierDoesNotExileAHost() {
            measured(0.5, 0.6);
            fleet.loaded("a", "m").answer("a", "m", 90, 1);
            fleet.loaded("a", "m").loaded("b", "m");
            double expected = fleet.forecast("a", "m").prediction().ttftSeconds();
            assertThat(expected).as("believed up to a factor of two").isBetween(0.45, 1.0);
        }

        @Test
        void aHostThatCameBackIsNotFlooded() {
            measured(0.3, 0.5);
            fleet.backend("a").down("refused");
            fleet.backend("a").up();
            fleet.loaded("a", "m").loaded("b", "m");
            fleet.ticker.passSeconds(1);
            assertThat(choosing.who("m")).isEqualTo("b");
            fleet.ticker.passSeconds(20);
            assertThat(choosing.who("m")).isEqualTo("a");
        }

        @Test
        void weightDividesTheCost() {
            TestFleet weighted = new TestFleet(
                    TIERS.replace("'slots':2}", "'slots':2,'weight':0.3}").replaceFirst("'weight':0.3", "'weight':1"));
            weighted.up("a", "m").up("b", "m");
            weighted.measure("a", "m", 0.9, 1);
            weighted.measure("b", "m", 0.3, 1);
            weighted.loaded("a", "m").loaded("b", "m");
            assertThat(new Choosing(weighted).who("m"))
                    .as("0.9 / 1 against 0.3 / 0.3")
                    .isEqualTo("a");
        }
    }

    @Nested
    class Unmeasured {
        @Test
        void isTriedOnceThenNotFlooded() {
            allUp();
            fleet.measure("a", "m", 2, 4);
            fleet.loaded("a", "m").loaded("b", "m");
            Choice.Taken trial = choosing.take("m");
            assertThat(trial.candidate().backend().name()).isEqualTo("b");
            for (int i = 0; i < 4; i++) {
                assertThat(choosing.take("m").candidate().backend().name()).isEqualTo("a");
            }
        }

        @Test
        void isTriedOnceInASmallTier_evenIfItHasToLoad() {
            allUp();
            fleet.measure("a", "m", 2, 4);
            fleet.loaded("a", "m");
            assertThat(choosing.who("m")).isEqualTo("b");
            assertThat(choosing.who("m")).as("not again at once").isEqualTo("a");
        }

        @Test
        void isNotLoadedJustToFindOutInALargeTier() {
            TestFleet large = new TestFleet("{'backends':{'a':{'url':'http://a'},'b':{'url':'http://b'},"
                    + "'c':{'url':'http://c'},'d':{'url':'http://d'},'e':{'url':'http://e'}},"
                    + "'routes':[{'models':['*'],'tiers':[['a','b','c','d','e']]}]}");
            for (String name : List.of("a", "b", "c", "d", "e")) {
                large.up(name, "m");
            }
            large.measure("a", "m", 2, 4);
            large.loaded("a", "m");
            assertThat(new Choosing(large).who("m")).isEqualTo("a");
        }

        @Test
        void isNotPreferredAgainAfterATrialThatTaughtNothing() {
            allUp();
            fleet.measure("a", "m", 2, 4);
            fleet.loaded("a", "m").loaded("b", "m");
            choosing.take("m").lease().end(Outcome.NEUTRAL);
            assertThat(choosing.who("m")).isEqualTo("a");
            assertThat(choosing.who("m")).isEqualTo("a");
            fleet.ticker.passSeconds(10);
            assertThat(choosing.who("m")).isEqualTo("b");
        }

        @Test
        void spreadsAFirstBurstOverAll() {
            allUp();
            Map<String, Integer> counts = new TreeMap<>();
            for (int i = 0; i < 4; i++) {
                counts.merge(choosing.take("m").candidate().backend().name(), 1, Integer::sum);
            }
            assertThat(counts).isEqualTo(Map.of("a", 2, "b", 2));
        }

        @Test
        void isTriedAgainOnceItsModelIsLoaded() {
            allUp();
            fleet.measure("a", "m", 2, 4);
            fleet.answer("b", "m", 45, 1);
            fleet.loaded("a", "m").loaded("b", "m");
            assertThat(choosing.who("m")).as("45 s were the load").isEqualTo("b");
        }

        @Test
        void wholeAnswersMeasureToo() {
            allUp();
            for (String name : List.of("a", "b")) {
                fleet.loaded(name, "m");
                Lease lease = fleet.lease(name, "m");
                fleet.ticker.passSeconds(name.equals("a") ? 9 : 3);
                lease.firstToken(false);
                lease.answered(ReportedTimings.NONE);
                lease.end(Outcome.OK);
            }
            fleet.loaded("a", "m").loaded("b", "m");
            assertThat(choosing.who("m")).isEqualTo("b");
        }
    }

    @Nested
    class LastResort {
        @Test
        void aLivingHostBehindAnOpenBreakerGetsOneAtATime() {
            allUp();
            fleet.backend("b").down("refused");
            fleet.backend("c").down("refused");
            choosing.trip("a");
            Choice.Taken only = choosing.take("m");
            assertThat(only.candidate().backend().name()).isEqualTo("a");
            assertThat(choosing.choose("m")).isInstanceOf(Choice.Refused.class);
            only.lease().end(Outcome.FAIL);
            choosing.take("m").lease().end(Outcome.NEUTRAL);
        }

        @Test
        void itsSuccessLetsOthersInAgain() {
            allUp();
            choosing.trip("a");
            choosing.trip("b");
            choosing.trip("c");
            Choice.Taken only = choosing.take("m");
            only.lease().firstToken(true);
            assertThat(choosing.take("m").candidate().backend().name())
                    .isEqualTo(only.candidate().backend().name());
        }

        @Test
        void neverTheDeadTheFullOrTheTried() {
            allUp();
            choosing.trip("a");
            fleet.backend("a").down("refused");
            TestFleet.saturate(fleet.lease("b", "m"), 0);
            choosing.trip("c");
            assertThat(choosing.choose("m", "c")).isInstanceOf(Choice.Refused.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void countsReturnToZeroWhateverHappens(long number) {
        long seed = number == 5 ? System.nanoTime() : number;
        System.out.println("SelectorTest seed " + seed);
        Random random = new Random(seed);
        TestFleet many = TestFleet.ofEquals(5);
        Choosing chooser = new Choosing(many);
        List<Lease> leases = new ArrayList<>();
        Outcome[] outcomes = Outcome.values();
        for (int i = 0; i < 20_000; i++) {
            String name = "b" + random.nextInt(5);
            switch (random.nextInt(12)) {
                case 0 -> many.backend(name).up();
                case 1 -> {
                    if (random.nextInt(10) == 0) {
                        many.backend(name).down("test");
                    }
                }
                case 2, 3, 4, 5, 6 -> {
                    if (chooser.choose("m" + random.nextInt(3)) instanceof Choice.Taken taken) {
                        leases.add(taken.lease());
                    }
                }
                default -> {
                    if (!leases.isEmpty()) {
                        Lease lease = leases.remove(random.nextInt(leases.size()));
                        if (random.nextInt(3) > 0) {
                            lease.firstToken(random.nextBoolean());
                        }
                        if (random.nextInt(20) == 0) {
                            TestFleet.saturate(lease, random.nextInt(1_000_000_000));
                        }
                        lease.end(outcomes[random.nextInt(outcomes.length)]);
                        lease.end(outcomes[random.nextInt(outcomes.length)]);
                    }
                }
            }
            many.ticker.passSeconds(random.nextDouble() / 4);
            int underWay = many.fleet.all().stream().mapToInt(b -> b.inFlight()).sum();
            assertThat(underWay).isEqualTo(leases.size());
        }
        leases.forEach(lease -> lease.end(Outcome.NEUTRAL));
        assertThat(many.fleet.all()).allSatisfy(backend -> {
            assertThat(backend.inFlight()).isZero();
            for (int m = 0; m < 3; m++) {
                assertThat(backend.state(TestFleet.model("m" + m)).inFlight()).isZero();
                assertThat(backend.state(TestFleet.model("m" + m)).estimates().inFlight())
                        .isZero();
            }
        });
    }
}

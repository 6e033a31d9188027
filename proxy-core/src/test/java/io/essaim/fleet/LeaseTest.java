package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.BreakerGate.Standing;
import io.essaim.learn.EstimateSnapshot;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final List<Outcome> OUTCOMES = List.of(Outcome.values());

    private final TestFleet fleet = TestFleet.ofEquals(1).up("b0", "m");
    private final Backend backend = fleet.backend("b0");
    private final ModelState state = backend.state(TestFleet.model("m"));

    private void begun(boolean streaming, Outcome outcome) {
        Lease lease = fleet.lease("b0", "m");
        lease.firstToken(streaming);
        lease.end(outcome);
    }

    @Test
    void countsWhileItLasts() {
        Lease one = fleet.lease("b0", "m");
        Lease other = fleet.lease("b0", "x");
        assertThat(backend.inFlight()).isEqualTo(2);
        assertThat(state.inFlight()).isEqualTo(1);
        one.end(Outcome.OK);
        other.end(Outcome.FAIL);
        assertThat(backend.inFlight()).isZero();
        assertThat(state.inFlight()).isZero();
    }

    @Test
    void endsOnce() {
        Lease lease = fleet.lease("b0", "m");
        for (int i = 0; i < 5; i++) {
            lease.end(Outcome.FAIL);
            TestFleet.saturate(lease, 0);
        }
        assertThat(backend.inFlight()).isZero();
        assertThat(backend.gate().refresh()).isEqualTo(Standing.CLOSED);
    }

    private EstimateSnapshot.Model learned() {
        return state.estimates().snapshot("m", backend.now());
    }

    @Test
    void learnsTheWayAndTheSpeedOfAWarmModel() {
        fleet.loaded("b0", "m");
        for (int i = 0; i < 8; i++) {
            fleet.answer("b0", "m", 2, 9.9);
        }
        assertThat(learned().overhead().value()).isCloseTo(2, Percentage.withPercentage(15));
        assertThat(learned().decode().value()).isCloseTo(0.1, Percentage.withPercentage(10));
        assertThat(learned().load().weight()).isZero();
    }

    @Test
    void learnsALoadApart() {
        fleet.answer("b0", "m", 40, 9.9);
        assertThat(learned().load().value()).isCloseTo(40, Percentage.withPercentage(40));
        assertThat(learned().decode().value()).isCloseTo(0.1, Percentage.withPercentage(40));
        assertThat(learned().overhead().weight()).isZero();
    }

    @Test
    void aLoadThatItWaitedForIsNotItsOwnTime() {
        Lease lease = fleet.lease("b0", "m");
        fleet.ticker.passSeconds(40);
        lease.loaded();
        fleet.ticker.passSeconds(1);
        lease.firstToken(true);
        lease.answered(ReportedTimings.NONE);
        lease.end(Outcome.OK);
        assertThat(learned().load().value()).isCloseTo(40, Percentage.withPercentage(40));
        assertThat(learned().overhead().value()).isLessThan(1);
    }

    @Test
    void learnsFromAWholeAnswer() {
        fleet.loaded("b0", "m");
        RequestSize whole = new RequestSize(0, 1, -1, false);
        RequestForecast forecast = new RequestForecast(
                whole, SlotOwner.PROXY, backend.predict(TestFleet.model("m"), null, whole, 0, backend.now()));
        Lease lease = backend.lease(TestFleet.model("m"), null, backend.gate().enterRegardless(), forecast);
        fleet.ticker.passSeconds(60);
        lease.firstToken(false);
        lease.answered(ReportedTimings.counts(1, 100));
        lease.end(Outcome.OK);
        assertThat(learned().decode().value()).isCloseTo(0.6, Percentage.withPercentage(40));
    }

    @Test
    void learnsFromAnAnswerWithoutTokens() {
        fleet.loaded("b0", "m");
        RequestSize whole = new RequestSize(0, 1000, -1, false);
        for (int i = 0; i < 5; i++) {
            RequestForecast forecast = new RequestForecast(
                    whole, SlotOwner.PROXY, backend.predict(TestFleet.model("m"), null, whole, 0, backend.now()));
            Lease lease =
                    backend.lease(TestFleet.model("m"), null, backend.gate().enterRegardless(), forecast);
            fleet.ticker.passSeconds(20);
            lease.firstToken(false);
            lease.answered(new ReportedTimings(1000, -1, -1, -1, 1_000_000, 20_000_000_000L));
            lease.end(Outcome.OK);
        }
        assertThat(learned().prefill().value()).isCloseTo(0.02, Percentage.withPercentage(20));
    }

    @Test
    void anotherGenerationAfterEachLoad() {
        fleet.loaded("b0", "m");
        long before = backend.generation(TestFleet.model("m"));
        Lease lease = fleet.lease("b0", "m");
        assertThat(lease.memory()).isEqualTo(before);
        lease.answered(new ReportedTimings(10, 1, 10, 1, 3_000_000_000L, 3_100_000_000L));
        lease.end(Outcome.OK);
        assertThat(lease.memory()).as("it is the first of the new one").isNotEqualTo(before);
        assertThat(backend.generation(TestFleet.model("m"))).isEqualTo(lease.memory());
        fleet.loaded("b0");
        assertThat(backend.generation(TestFleet.model("m"))).as("unloaded").isNotEqualTo(lease.memory());
        long unloaded = backend.generation(TestFleet.model("m"));
        backend.down("refused");
        assertThat(backend.generation(TestFleet.model("m"))).as("down").isNotEqualTo(unloaded);
    }

    @Test
    void whatDoesNotRunTheModelTeachesNothing() {
        Lease lease = fleet.lease("b0", "m");
        lease.teachesNothing();
        lease.firstToken(false);
        lease.end(Outcome.OK);
        assertThat(state.estimates().measured()).isFalse();
        assertThat(backend.warm(TestFleet.model("m"), backend.now())).isFalse();
    }

    @Test
    void answersThatFailTeachNoTimes() {
        fleet.loaded("b0", "m");
        fleet.lease("b0", "m").end(Outcome.NEUTRAL);
        begun(false, Outcome.NEUTRAL);
        assertThat(state.estimates().measured()).isFalse();
    }

    @Test
    void anAnswerThatBreaksIsAFailureMore() {
        begun(true, Outcome.FAIL);
        begun(true, Outcome.FAIL);
        assertThat(backend.gate().refresh()).as("2 of 4").isEqualTo(Standing.OPEN);
    }

    @Test
    void anAnswerThatTheClientLeftIsNone() {
        for (int i = 0; i < 20; i++) {
            begun(true, Outcome.NEUTRAL);
        }
        assertThat(backend.gate().refresh()).isEqualTo(Standing.CLOSED);
    }

    @Test
    void aBrokenModelRestsLongerEachTime() {
        List<Integer> rests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Lease lease = fleet.lease("b0", "m");
            TestFleet.breakModel(lease);
            TestFleet.breakModel(lease);
            lease.end(Outcome.NEUTRAL);
            int seconds = 0;
            while (state.resting(backend.now())) {
                fleet.ticker.passSeconds(1);
                seconds++;
            }
            rests.add(seconds);
        }
        assertThat(rests).containsExactly(30, 60, 120, 240, 480, 480);
        begun(true, Outcome.OK);
        TestFleet.breakModel(fleet.lease("b0", "m"));
        fleet.ticker.passSeconds(30);
        assertThat(state.resting(backend.now())).isFalse();
    }

    @Test
    void countsReturnToZeroFromFourThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int seed = 0; seed < 4; seed++) {
                Random random = new Random(seed);
                RequestForecast forecast = fleet.forecast("b0", "m");
                work.add(() -> {
                    List<Lease> held = new ArrayList<>();
                    for (int i = 0; i < 20_000; i++) {
                        held.add(backend.lease(
                                TestFleet.model("m"), null, backend.gate().enterRegardless(), forecast));
                        if (held.size() > 5) {
                            Lease lease = held.remove(random.nextInt(held.size()));
                            lease.firstToken(random.nextBoolean());
                            lease.end(OUTCOMES.get(random.nextInt(OUTCOMES.size())));
                        }
                    }
                    held.forEach(lease -> lease.end(Outcome.NEUTRAL));
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(backend.inFlight()).isZero();
        assertThat(state.inFlight()).isZero();
    }
}

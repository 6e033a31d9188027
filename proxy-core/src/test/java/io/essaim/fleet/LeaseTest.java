package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.BreakerGate.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final List<Outcome> OUTCOMES = List.of(Outcome.values());

    private static final Offset<Double> EXACT = Offset.offset(1e-6);

    private final TestFleet fleet = TestFleet.ofEquals(1).up("b0", "m");
    private final Backend backend = fleet.backend("b0");
    private final ModelTimes times = backend.times(TestFleet.model("m"));

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
        assertThat(times.inFlight()).isEqualTo(1);
        one.end(Outcome.OK);
        other.end(Outcome.FAIL);
        assertThat(backend.inFlight()).isZero();
        assertThat(times.inFlight()).isZero();
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

    @Test
    void learnsTheFirstTokenOfAWarmModel() {
        fleet.loaded("b0", "m");
        fleet.answer("b0", "m", 2, 8);
        assertThat(times.firstTokenSeconds()).isEqualTo(2, EXACT);
        assertThat(times.occupiedSeconds()).isEqualTo(10, EXACT);
        fleet.answer("b0", "m", 1, 4);
        assertThat(times.firstTokenSeconds()).isEqualTo(0.7 * 2 + 0.3 * 1, EXACT);
        assertThat(times.occupiedSeconds()).isEqualTo(0.7 * 10 + 0.3 * 5, EXACT);
        assertThat(times.observations()).isEqualTo(2);
    }

    @Test
    void learnsALoadApart() {
        fleet.answer("b0", "m", 40, 8);
        assertThat(times.coldSeconds()).isEqualTo(40, EXACT);
        assertThat(times.firstTokenSeconds()).isZero();
        assertThat(times.occupiedSeconds()).isEqualTo(8, EXACT);
        fleet.answer("b0", "m", 1, 4);
        assertThat(times.firstTokenSeconds()).isEqualTo(1, EXACT);
        assertThat(times.occupiedSeconds()).as("the first warm one replaces it").isEqualTo(5, EXACT);
    }

    @Test
    void seesThatAModelWasInMemoryAfterAll() {
        fleet.loaded("b0", "m");
        fleet.answer("b0", "m", 2, 1);
        fleet.loaded("b0");
        fleet.answer("b0", "m", 1, 1);
        assertThat(times.observations()).isEqualTo(2);
        assertThat(times.coldSeconds()).isZero();
    }

    @Test
    void aWholeAnswerHasNoFirstToken() {
        fleet.loaded("b0", "m");
        Lease lease = fleet.lease("b0", "m");
        fleet.ticker.passSeconds(6);
        lease.firstToken(false);
        lease.end(Outcome.OK);
        assertThat(times.observations()).isZero();
        assertThat(times.occupiedSeconds()).isEqualTo(6, EXACT);
        assertThat(times.unmeasured()).isFalse();
    }

    @Test
    void whatDoesNotRunTheModelTeachesNothing() {
        Lease lease = fleet.lease("b0", "m");
        lease.teachesNothing();
        lease.firstToken(false);
        lease.end(Outcome.OK);
        assertThat(times.unmeasured()).isTrue();
        assertThat(backend.warm(TestFleet.model("m"), backend.now())).isFalse();
    }

    @Test
    void answersThatFailTeachNoTimes() {
        fleet.loaded("b0", "m");
        fleet.lease("b0", "m").end(Outcome.NEUTRAL);
        begun(false, Outcome.NEUTRAL);
        assertThat(times.unmeasured()).isTrue();
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
            while (times.resting(backend.now())) {
                fleet.ticker.passSeconds(1);
                seconds++;
            }
            rests.add(seconds);
        }
        assertThat(rests).containsExactly(30, 60, 120, 240, 480, 480);
        begun(true, Outcome.OK);
        TestFleet.breakModel(fleet.lease("b0", "m"));
        fleet.ticker.passSeconds(30);
        assertThat(times.resting(backend.now())).isFalse();
    }

    @Test
    void countsReturnToZeroFromFourThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int seed = 0; seed < 4; seed++) {
                Random random = new Random(seed);
                work.add(() -> {
                    List<Lease> held = new ArrayList<>();
                    for (int i = 0; i < 20_000; i++) {
                        held.add(backend.lease(
                                TestFleet.model("m"), null, backend.gate().enterRegardless()));
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
        assertThat(times.inFlight()).isZero();
    }
}

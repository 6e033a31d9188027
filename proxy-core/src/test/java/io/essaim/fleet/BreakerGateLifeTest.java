package io.essaim.fleet;

import static io.essaim.api.Failure.Outcome.FAIL;
import static io.essaim.api.Failure.Outcome.NEUTRAL;
import static io.essaim.api.Failure.Outcome.OK;
import static io.essaim.api.Failure.Outcome.SATURATED;
import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.BreakerGate.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gate under a day of traffic, good and bad hours, cancels, and late ends in any order. */
class BreakerGateLifeTest {
    private static final int STEP_MILLIS = 250;
    private static final int STEPS_A_DAY = 24 * 3600 * 1000 / STEP_MILLIS;

    /** A day in steps of a quarter of a second. */
    private static final class Day {
        private final Random random;
        private final ManualTicker ticker = new ManualTicker();
        private final BreakerGate gate = new BreakerGate("host", ticker);
        private final List<Call> calls = new ArrayList<>();
        private boolean ill;
        private int spell;
        private int trips;
        private boolean longCalls = true;
        private boolean healed;

        private record Call(BreakerGate.Permit permit, int endsAt, boolean trial, int trip) {}

        Day(long seed) {
            random = new Random(seed);
        }

        void step(int now) {
            ticker.pass(Duration.ofMillis(STEP_MILLIS));
            if (spell-- <= 0) {
                ill = random.nextInt(3) == 0;
                spell = 4 * (20 + random.nextInt(ill ? 300 : 3000));
            }
            if (now % 8 == 0 && (!ill || random.nextBoolean())) {
                gate.probed();
            }
            for (int i = calls.size() - 1; i >= 0; i--) {
                if (calls.get(i).endsAt <= now) {
                    Call call = calls.remove(i);
                    change(() -> call.permit.end(outcome(), random.nextInt(1000)));
                }
            }
            for (int arrivals = random.nextInt(6) - 3; arrivals > 0; arrivals--) {
                enter(now);
            }
            if (random.nextInt(2000) == 0) {
                change(() -> gate.enterRegardless().end(outcome(), 1));
            }
            assertThat(trialsOut()).as("trials at once").isLessThanOrEqualTo(2);
        }

        private void change(Runnable act) {
            Standing before = gate.refresh();
            act.run();
            trips += gate.refresh() == before ? 0 : 1;
        }

        void enter(int now) {
            Standing before = gate.refresh();
            BreakerGate.Permit permit = gate.tryEnter();
            if (permit != null) {
                assertThat(before).isNotEqualTo(Standing.OPEN);
                int length = longCalls && random.nextInt(10) == 0 ? random.nextInt(1200) : random.nextInt(40);
                calls.add(new Call(permit, now + 1 + length, before == Standing.TRIAL, trips));
            }
        }

        private Outcome outcome() {
            int dice = random.nextInt(100);
            if (dice < 30) {
                return NEUTRAL;
            }
            return ill ? dice < 90 ? FAIL : SATURATED : dice < 98 || healed ? OK : FAIL;
        }

        /** Trials of the half-open phase of now. */
        private int trialsOut() {
            int count = 0;
            if (gate.refresh() == Standing.TRIAL) {
                for (Call call : calls) {
                    count += call.trial && call.trip == trips ? 1 : 0;
                }
            }
            return count;
        }

        void heal() {
            ill = false;
            healed = true;
            spell = Integer.MAX_VALUE;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aDayOfTrafficAndRandomSeedBesides(long number) {
        long seed = number == 4 ? System.nanoTime() : number;
        System.out.println("BreakerGateLifeTest seed " + seed);
        Day day = new Day(seed);
        for (int now = 0; now < STEPS_A_DAY; now++) {
            day.step(now);
        }
        assertThat(day.trips).as("the day was no rest").isGreaterThan(20);
    }

    @RepeatedTest(50)
    void neverStaysClosedToUsersOnceFailuresStop(RepetitionInfo repetition) {
        long seed = repetition.getCurrentRepetition();
        Day day = new Day(seed);
        day.longCalls = false;
        int now = 0;
        for (int illSteps = 400 + (int) (seed * 97 % 4000); now < illSteps; now++) {
            day.ill = true;
            day.spell = 10;
            day.step(now);
        }
        day.heal();
        int end = now + 2 * 60 * 1000 / STEP_MILLIS;
        boolean closed = false;
        for (; now < end && !closed; now++) {
            day.step(now);
            closed = day.gate.refresh() == Standing.CLOSED;
        }
        assertThat(closed).as("closed again within two minutes, seed " + seed).isTrue();
    }

    @Test
    void fourThreadsLeaveItConsistent() throws Exception {
        ManualTicker ticker = new ManualTicker();
        BreakerGate gate = new BreakerGate("host", ticker);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int seed = 0; seed < 4; seed++) {
                Random random = new Random(seed);
                work.add(() -> hammer(gate, ticker, random));
            }
            int admitted = 0;
            for (Future<Integer> done : threads.invokeAll(work)) {
                admitted += done.get();
            }
            assertThat(admitted).isGreaterThan(1000);
        } finally {
            threads.shutdownNow();
        }
        ticker.pass(Duration.ofMinutes(2));
        gate.probed();
        Objects.requireNonNull(gate.tryEnter()).end(OK, 1);
        assertThat(gate.refresh()).isEqualTo(Standing.CLOSED);
        for (int i = 0; i < 3; i++) {
            Objects.requireNonNull(gate.tryEnter()).end(FAIL, 1);
        }
        assertThat(gate.refresh()).isEqualTo(Standing.OPEN);
        ticker.pass(Duration.ofMinutes(2));
        gate.probed();
        BreakerGate.Permit one = Objects.requireNonNull(gate.tryEnter());
        BreakerGate.Permit two = Objects.requireNonNull(gate.tryEnter());
        assertThat(gate.tryEnter()).as("no trial was minted").isNull();
        one.end(NEUTRAL, 1);
        two.end(NEUTRAL, 1);
    }

    private static int hammer(BreakerGate gate, ManualTicker ticker, Random random) {
        List<BreakerGate.Permit> held = new ArrayList<>();
        Outcome[] outcomes = Outcome.values();
        int admitted = 0;
        for (int i = 0; i < 50_000; i++) {
            BreakerGate.Permit permit = gate.tryEnter();
            if (permit != null) {
                held.add(permit);
                admitted++;
            }
            if (held.size() > 3 || permit == null && !held.isEmpty()) {
                BreakerGate.Permit ending = held.remove(random.nextInt(held.size()));
                Outcome outcome = outcomes[random.nextInt(outcomes.length)];
                ending.end(outcome, 1);
                ending.end(FAIL, 1);
                if (outcome == OK && random.nextInt(4) == 0) {
                    ending.failLate(1);
                }
            }
            ticker.pass(Duration.ofMillis(random.nextInt(100)));
            if (random.nextInt(20) == 0) {
                gate.probed();
            }
        }
        held.forEach(permit -> permit.end(NEUTRAL, 1));
        return admitted;
    }
}

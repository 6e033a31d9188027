package io.essaim.fleet;

import static io.essaim.api.Failure.Outcome.FAIL;
import static io.essaim.api.Failure.Outcome.NEUTRAL;
import static io.essaim.api.Failure.Outcome.OK;
import static io.essaim.api.Failure.Outcome.SATURATED;
import static io.essaim.fleet.BreakerGate.Standing.CLOSED;
import static io.essaim.fleet.BreakerGate.Standing.OPEN;
import static io.essaim.fleet.BreakerGate.Standing.TRIAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BreakerGateTest {
    private final ManualTicker ticker = new ManualTicker();
    private final BreakerGate gate = new BreakerGate("dev2", ticker);

    private BreakerGate.Permit enter() {
        return Objects.requireNonNull(gate.tryEnter(), "no permit");
    }

    private void calls(Outcome... outcomes) {
        for (Outcome outcome : outcomes) {
            enter().end(outcome, 1);
        }
    }

    private void trip() {
        calls(FAIL, FAIL, FAIL);
        assertThat(gate.refresh()).isEqualTo(OPEN);
    }

    /** From open to half-open with the host proven alive. */
    private void reachTrial() {
        ticker.pass(Duration.ofNanos(gate.retryIn()));
        gate.probed();
        assertThat(gate.refresh()).isEqualTo(TRIAL);
    }

    @Nested
    class Closed {
        @Test
        void tripsWhenHalfOfFourFailed() {
            calls(FAIL, OK, FAIL);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            calls(OK);
            assertThat(gate.refresh()).isEqualTo(OPEN);
        }

        @Test
        void toleratesLessThanHalf() {
            for (int i = 0; i < 20; i++) {
                calls(OK, OK, FAIL);
            }
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @Test
        void looksAtTheLastTenOnly() {
            calls(OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK);
            calls(FAIL, FAIL, OK, FAIL, FAIL, OK);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            calls(FAIL);
            assertThat(gate.refresh()).as("5 of the last 10").isEqualTo(OPEN);
        }

        @Test
        void tripsOnThreeFailuresInARow() {
            calls(OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, FAIL, FAIL);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            calls(FAIL);
            assertThat(gate.refresh()).isEqualTo(OPEN);
        }

        @ParameterizedTest
        @EnumSource(
                value = Outcome.class,
                names = {"SATURATED", "NEUTRAL"})
        void learnsNothingFrom(Outcome outcome) {
            for (int i = 0; i < 30; i++) {
                calls(outcome);
            }
            calls(FAIL, FAIL);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            calls(outcome, FAIL);
            assertThat(gate.refresh()).as("they do not break the row either").isEqualTo(OPEN);
        }

        @Test
        void neverTripsOnLongHealthyAnswers() {
            for (int i = 0; i < 50; i++) {
                BreakerGate.Permit permit = enter();
                ticker.pass(Duration.ofMinutes(9));
                permit.end(OK, Duration.ofMinutes(9).toNanos());
                assertThat(gate.refresh()).isEqualTo(CLOSED);
            }
        }

        @Test
        void forgetsFailuresAfterTenIdleMinutes() {
            calls(FAIL, FAIL);
            ticker.pass(Duration.ofMinutes(10).plusSeconds(1));
            calls(FAIL, FAIL);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            calls(FAIL);
            assertThat(gate.refresh()).isEqualTo(OPEN);
        }

        @Test
        void keepsFailuresWhileThereIsTraffic() {
            calls(FAIL, FAIL);
            ticker.pass(Duration.ofMinutes(9));
            calls(FAIL);
            assertThat(gate.refresh()).isEqualTo(OPEN);
        }

        @Test
        void cancelledCallsDoNotKeepOldFailuresFresh() {
            calls(FAIL, FAIL);
            ticker.pass(Duration.ofMinutes(6));
            calls(NEUTRAL);
            ticker.pass(Duration.ofMinutes(6));
            calls(FAIL);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @Test
        void hearsOfFailuresThatTookLongerThanTheWindowLasts() {
            List<BreakerGate.Permit> hung = List.of(enter(), enter(), enter());
            ticker.pass(Duration.ofMinutes(11));
            gate.refresh();
            hung.forEach(permit -> permit.end(FAIL, 1));
            assertThat(gate.refresh()).isEqualTo(OPEN);
        }

        @Test
        void countsEachPermitOnce() {
            BreakerGate.Permit permit = enter();
            for (int i = 0; i < 10; i++) {
                permit.end(FAIL, 1);
            }
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @Test
        void countsAnAnswerThatBrokeAsOneFailureMore() {
            List<BreakerGate.Permit> begun = List.of(enter(), enter(), enter());
            begun.forEach(permit -> permit.end(OK, 1));
            begun.get(0).failLate(1);
            begun.get(1).failLate(1);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            begun.get(2).failLate(1);
            assertThat(gate.refresh()).isEqualTo(OPEN);
        }
    }

    @Nested
    class Open {
        @Test
        void admitsNobodyUntilItsTime() {
            trip();
            assertThat(gate.tryEnter()).isNull();
            ticker.pass(Duration.ofMillis(1999));
            assertThat(gate.tryEnter()).isNull();
            assertThat(gate.retryIn()).isEqualTo(Duration.ofMillis(1).toNanos());
        }

        @Test
        void waitsTwiceAsLongEachTimeUpToAMinute() {
            List<Long> waits = new ArrayList<>();
            trip();
            for (int i = 0; i < 7; i++) {
                waits.add(Duration.ofNanos(gate.retryIn()).toSeconds());
                reachTrial();
                calls(FAIL);
                assertThat(gate.refresh()).isEqualTo(OPEN);
            }
            assertThat(waits).containsExactly(2L, 4L, 8L, 16L, 32L, 60L, 60L);
        }

        @Test
        void beginsAnewAfterARecovery() {
            trip();
            reachTrial();
            calls(FAIL);
            reachTrial();
            calls(OK);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
            trip();
            assertThat(gate.retryIn()).isEqualTo(Duration.ofSeconds(2).toNanos());
        }

        @Test
        void aProbeDoesNotShortenIt() {
            trip();
            gate.probed();
            assertThat(gate.refresh()).isEqualTo(OPEN);
            ticker.pass(Duration.ofSeconds(2));
            assertThat(gate.refresh()).as("that probe was before").isEqualTo(OPEN);
        }

        @Test
        void closesOnASuccessOfTheLastResort() {
            trip();
            gate.enterRegardless().end(OK, 1);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @Test
        void hearsNothingElseFromTheLastResort() {
            trip();
            long wait = gate.retryIn();
            for (Outcome outcome : List.of(FAIL, NEUTRAL, SATURATED)) {
                gate.enterRegardless().end(outcome, 1);
            }
            assertThat(gate.refresh()).isEqualTo(OPEN);
            assertThat(gate.retryIn()).isEqualTo(wait);
        }
    }

    @Nested
    class HalfOpen {
        @Test
        void admitsNobodyBeforeTheProbe() {
            trip();
            ticker.pass(Duration.ofHours(1));
            assertThat(gate.refresh()).isEqualTo(OPEN);
            assertThat(gate.tryEnter()).isNull();
            gate.probed();
            assertThat(gate.tryEnter()).isNotNull();
        }

        @Test
        void admitsTwoAtATime() {
            trip();
            reachTrial();
            BreakerGate.Permit first = enter();
            enter();
            assertThat(gate.tryEnter()).isNull();
            first.end(NEUTRAL, 1);
            enter();
            assertThat(gate.tryEnter()).isNull();
        }

        @Test
        void closesOnOneSuccessAlthoughTheOtherTrialHangs() {
            trip();
            reachTrial();
            enter();
            calls(OK);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @ParameterizedTest
        @EnumSource(
                value = Outcome.class,
                names = {"FAIL", "SATURATED"})
        void opensAgainOn(Outcome outcome) {
            trip();
            reachTrial();
            calls(outcome);
            assertThat(gate.refresh()).isEqualTo(OPEN);
            assertThat(gate.retryIn()).isEqualTo(Duration.ofSeconds(4).toNanos());
        }

        @Test
        void closesOnASuccessOfTheLastResortBeforeTheProbe() {
            trip();
            ticker.pass(Duration.ofSeconds(3));
            gate.refresh();
            gate.enterRegardless().end(OK, 1);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @Test
        void theLastResortTakesNoTrialAndGivesNoneBack() {
            trip();
            reachTrial();
            enter();
            enter();
            gate.enterRegardless().end(NEUTRAL, 1);
            gate.enterRegardless().end(FAIL, 1);
            assertThat(gate.refresh()).isEqualTo(TRIAL);
            assertThat(gate.tryEnter()).isNull();
        }

        @Test
        void trialsThatNeverEndDoNotCloseItForEver() {
            trip();
            reachTrial();
            enter();
            enter();
            ticker.pass(Duration.ofMinutes(15));
            assertThat(gate.tryEnter()).as("a slow trial has its time").isNull();
            ticker.pass(Duration.ofSeconds(1));
            assertThat(gate.refresh()).isEqualTo(OPEN);
            reachTrial();
            calls(OK);
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }
    }

    @Nested
    class LateOutcomes {
        private final BreakerGate.Permit old = enter();

        @Test
        void aSuccessDoesNotCloseHalfOpen() {
            trip();
            reachTrial();
            old.end(OK, 1);
            assertThat(gate.refresh()).isEqualTo(TRIAL);
        }

        @Test
        void cancelsDoNotMintTrials() {
            List<BreakerGate.Permit> many = List.of(enter(), enter(), enter(), enter(), enter());
            trip();
            reachTrial();
            many.forEach(permit -> permit.end(NEUTRAL, 1));
            enter();
            enter();
            assertThat(gate.tryEnter()).isNull();
        }

        @Test
        void anErrorDoesNotOpenHalfOpen() {
            trip();
            reachTrial();
            old.end(FAIL, 1);
            assertThat(gate.refresh()).isEqualTo(TRIAL);
        }

        @Test
        void anErrorDoesNotCountAfterTheRecovery() {
            List<BreakerGate.Permit> many = List.of(enter(), enter(), enter());
            trip();
            reachTrial();
            calls(OK);
            many.forEach(permit -> permit.end(FAIL, 1));
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }

        @Test
        void anErrorDoesNotProlongOpen() {
            trip();
            ticker.pass(Duration.ofSeconds(1));
            old.end(FAIL, 1);
            assertThat(gate.retryIn()).isEqualTo(Duration.ofSeconds(1).toNanos());
        }

        @Test
        void anAnswerThatBrokeDoesNotCountAfterTheRecovery() {
            List<BreakerGate.Permit> many = List.of(enter(), enter(), enter());
            many.forEach(permit -> permit.end(OK, 1));
            trip();
            reachTrial();
            calls(OK);
            many.forEach(permit -> permit.failLate(1));
            assertThat(gate.refresh()).isEqualTo(CLOSED);
        }
    }
}

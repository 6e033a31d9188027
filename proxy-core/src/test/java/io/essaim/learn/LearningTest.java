package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole answers of a clockwork backend, seen as a proxy sees them. */
class LearningTest {
    private static final double[] DEV2 = {0.004, 0.0333, 0.015};
    private static final Prior WRONG = new Prior(0.04, 0.1, 0.09, 20, 0.05, 4);

    private final Estimates estimates = new Estimates(CostTerms.USUAL);
    private final BackendEstimates backend = estimates.backend("dev2");
    private final Random random = new Random(99);

    private ModelEstimates model(Prior prior) {
        return backend.model("llama3.2", () -> prior);
    }

    private void send(ModelEstimates model, ClockworkBackend host, int prompt, int cached, int believed) {
        RequestSize demand = RequestSize.ofTokens(prompt);
        boolean warm = host.loadSeconds == 0;
        Prediction prediction = model.predict(demand, believed, warm ? null : ModelAbsence.UNKNOWN, host.now());
        int output = (int) Math.max(4, Math.min(800, 150 * Math.exp(random.nextGaussian())));
        host.submit(model.begin(demand, prediction, host.now()), prompt, cached, output);
    }

    /** Keeps up to {@code most} requests there until so many were sent. */
    private void live(ModelEstimates model, ClockworkBackend host, int most, int requests) {
        for (int sent = 0; sent < requests; ) {
            if (host.inside() < 1 + random.nextInt(most)) {
                send(model, host, 100 + random.nextInt(900), 0, 0);
                sent++;
            }
            host.pass(random.nextDouble() * 2);
        }
        host.pass(200);
        assertThat(model.inFlight()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsTheSpeedsOfABackend(boolean timings) {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, timings, 7);
        live(model, host, 4, 150);
        assertThat(model.prefill.seconds()).isCloseTo(DEV2[0], Percentage.withPercentage(timings ? 15 : 30));
        for (int running = 1; running <= 4; running++) {
            assertThat(model.decode.at(running))
                    .as("%d at a time", running)
                    .isCloseTo(host.perToken(running), Percentage.withPercentage(15));
        }
        assertThat(model.slots()).isEqualTo(4);
    }

    @Test
    void predictsTheFirstTokenOfABackendThatItKnows() {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, true, 8);
        live(model, host, 4, 100);
        Prediction alone = model.predict(RequestSize.ofTokens(800), 0, null, host.now());
        assertThat(alone.ttftSeconds()).isCloseTo(3.2, Percentage.withPercentage(20));
        assertThat(alone.confidence()).isGreaterThan(0.8);
        assertThat(alone.overdue()).isEqualTo(1);
    }

    @Test
    void knowsThatItKnowsNothing() {
        ModelEstimates model = model(WRONG);
        assertThat(model.confidence(Moments.at(0))).isZero();
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, true, 9);
        live(model, host, 1, 1);
        assertThat(model.confidence(host.now())).isBetween(0.2, 0.7);
    }

    @Test
    void aThrottledHostIsSeenWhileItStreams() {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, true, 10);
        live(model, host, 2, 60);
        double before = model.decode.at(1);
        for (int i = 0; i < 2; i++) {
            RequestSize demand = RequestSize.ofTokens(50);
            ActiveGeneration long2k = model.begin(demand, model.predict(demand, 0, null, host.now()), host.now());
            host.submit(long2k, 50, 0, 2000);
        }
        host.pass(5);
        host.slowdown = 10;
        host.pass(11);
        assertThat(model.decode.at(1)).as("no answer has ended").isGreaterThan(2.5 * before);
        assertThat(model.inFlight()).isEqualTo(2);
    }

    @Test
    void conversationsDoNotSpoilThePrefill() {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, true, 11);
        live(model, host, 1, 30);
        double before = model.prefill.seconds();
        for (int turn = 0; turn < 80; turn++) {
            boolean known = turn % 2 == 0;
            send(model, host, 1000, 900, known ? 900 : 0);
            host.pass(60);
        }
        assertThat(model.prefill.seconds()).isCloseTo(before, Percentage.withPercentage(15));
    }

    @Test
    void aColdLoadTeachesTheLoadAndNothingElse() {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, true, 12);
        live(model, host, 1, 30);
        Prediction before = model.predict(RequestSize.ofTokens(800), 0, null, host.now());
        for (int i = 0; i < 3; i++) {
            host.loadSeconds = 8;
            send(model, host, 800, 0, 0);
            host.pass(300);
        }
        Prediction after = model.predict(RequestSize.ofTokens(800), 0, null, host.now());
        assertThat(after.ttftSeconds()).isCloseTo(before.ttftSeconds(), Percentage.withPercentage(10));
        assertThat(model.predict(RequestSize.ofTokens(800), 0, new ModelAbsence(99, 0, false), host.now())
                        .loadSeconds())
                .as("seen beats told")
                .isCloseTo(8, Percentage.withPercentage(10));
    }

    @Test
    void aLoadIsFoundWithoutTimingsToo() {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, 4, false, 13);
        live(model, host, 1, 30);
        for (int i = 0; i < 3; i++) {
            host.loadSeconds = 8;
            send(model, host, 800, 0, 0);
            host.pass(300);
        }
        assertThat(model.predict(RequestSize.ofTokens(800), 0, ModelAbsence.UNKNOWN, host.now())
                        .loadSeconds())
                .isCloseTo(8, Percentage.withPercentage(15));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void findsThatThereAreFewerSlotsThanTheRulesSay(int real) {
        ModelEstimates model = model(WRONG);
        ClockworkBackend host = new ClockworkBackend(DEV2, real, true, 14);
        live(model, host, 4, 150);
        assertThat(model.slots()).isEqualTo(real);
        live(model, host, 4, 150);
        for (int running = 1; running <= real; running++) {
            assertThat(model.decode.at(running)).isCloseTo(host.perToken(running), Percentage.withPercentage(20));
        }
    }

    @Test
    void aWaitThatNobodyHereCausedIsForeignAndFades() {
        ModelEstimates model = model(WRONG);
        long now = Moments.at(0);
        assertThat(backend.foreignWaitSeconds(now)).isZero();
        GenerationFindings findings = queued(model, 0, 10);
        assertThat(findings.queuedSeconds()).isCloseTo(10, within(0.2));
        now = Moments.at(11.6);
        assertThat(backend.foreignWaitSeconds(now)).isCloseTo(5, within(0.1));
        assertThat(model.predict(RequestSize.ofTokens(100), 0, null, now).waitSeconds())
                .isCloseTo(5, within(0.1));
        assertThat(backend.foreignWaitSeconds(Moments.at(72))).isLessThan(0.1);
    }

    @Test
    void aSteadyForeignWaitIsLearnedInFull() {
        ModelEstimates model = model(WRONG);
        for (int i = 0; i < 60; i++) {
            queued(model, i, 10);
        }
        assertThat(backend.foreignWaitSeconds(Moments.at(59 + 11.6))).isCloseTo(10, Percentage.withPercentage(10));
    }

    /** An answer that began after so many seconds in a queue inside, and took a second and a half. */
    private static GenerationFindings queued(ModelEstimates model, double begun, double queue) {
        RequestSize demand = RequestSize.ofTokens(100);
        long now = Moments.at(begun);
        ActiveGeneration generation = model.begin(demand, model.predict(demand, 0, null, now), now);
        generation.progress(1, Moments.at(begun + queue + 0.5));
        generation.progress(30, Moments.at(begun + queue + 1.5));
        long total = Moments.nanos(queue + 1.6);
        return generation.finished(
                new ReportedTimings(100, 400_000_000, 30, 1_000_000_000, 0, total), Moments.at(begun + queue + 1.6));
    }

    @Test
    void whatIsLostBetweenTheTokensIsNoQueue() {
        ModelEstimates model = model(WRONG);
        RequestSize demand = RequestSize.ofTokens(100);
        long now = Moments.at(0);
        ActiveGeneration generation = model.begin(demand, model.predict(demand, 0, null, now), now);
        generation.progress(1, Moments.at(0.5));
        ReportedTimings grammar = new ReportedTimings(100, 400_000_000, 1000, 30_000_000_000L, 0, 36_000_000_000L);
        assertThat(generation.finished(grammar, Moments.at(36)).queuedSeconds()).isLessThan(0.1);
        RequestSize whole = new RequestSize(0, 100, -1, false);
        generation = model.begin(whole, model.predict(whole, 0, null, now), now);
        assertThat(generation.finished(grammar, Moments.at(36)).queuedSeconds()).isZero();
    }

    @Test
    void anAnswerThatWasCutSaysNothingOfItsLength() {
        ModelEstimates model = model(WRONG);
        double before = estimates.habits("llama3.2").lengths().mean();
        for (int i = 0; i < 50; i++) {
            long now = Moments.at(i);
            RequestSize probe = new RequestSize(0, 24, 8, true);
            model.begin(probe, model.predict(probe, 0, null, now), now).finished(ReportedTimings.counts(24, 8), now);
            ActiveGeneration left = model.begin(RequestSize.ofTokens(24), model.predict(probe, 0, null, now), now);
            left.progress(3, now);
            left.abandoned(now);
        }
        assertThat(estimates.habits("llama3.2").lengths().mean()).isEqualTo(before);
    }

    @Test
    void partsAreCountedForTheTokensThatTheyHold() {
        ModelEstimates model = model(WRONG);
        double clock = 0;
        for (int i = 0; i < 40; i++) {
            RequestSize demand = RequestSize.ofTokens(24);
            long begun = Moments.at(clock);
            ActiveGeneration generation = model.begin(demand, model.predict(demand, 0, null, begun), begun);
            for (int part = 1; part <= 30; part++) {
                generation.progress(part, Moments.at(clock + 0.2 * part));
            }
            generation.finished(ReportedTimings.counts(24, 300), Moments.at(clock + 6));
            clock += 10;
        }
        assertThat(model.decode.at(1)).isCloseTo(0.02, Percentage.withPercentage(10));
    }
}

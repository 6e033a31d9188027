package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is predicted from what is known: the vectors of docs/explanation/formulas.md, and what requests under way change. */
class PredictionTest {
    private static final Prior DEV2 = new Prior(0.004, 0.0333, 0.015, 6, 0.01, 4);
    private static final Prior PI = new Prior(0.04, 0.2, 0.18, 45, 0.01, 1);
    private static final RequestSize ASK = RequestSize.ofTokens(800);

    private final Estimates estimates = new Estimates(CostTerms.USUAL);
    private final ModelEstimates dev2 = model("dev2", DEV2);
    private final ModelEstimates pi = model("pi", PI);
    private final long now = Moments.at(0);

    private ModelEstimates model(String backend, Prior prior) {
        return estimates.backend(backend).model("llama3.2", () -> prior);
    }

    private static Prediction warm(ModelEstimates model, long now) {
        return model.predict(ASK, 0, null, now);
    }

    private static List<ActiveGeneration> fill(ModelEstimates model, int count, int tokens, long now) {
        List<ActiveGeneration> generations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ActiveGeneration generation = model.begin(ASK, warm(model, now), now);
            if (tokens > 0) {
                generation.progress(tokens, now);
            }
            generations.add(generation);
        }
        return generations;
    }

    @Test
    void aBusyHostWithAFreeSlot() {
        fill(dev2, 1, 10, now);
        Prediction prediction = warm(dev2, now);
        assertThat(prediction.ttftSeconds()).isCloseTo(5.77, within(0.01));
        assertThat(prediction.tpotSeconds()).isCloseTo(0.0483, within(1e-6));
        assertThat(prediction.outputTokens()).isCloseTo(275, within(6.0));
        assertThat(prediction.waitSeconds()).isZero();
        assertThat(prediction.cost(1)).isCloseTo(36.4, within(0.4));
        assertThat(prediction.runSeconds()).isCloseTo(5.77 + 13.28, within(0.4));
    }

    @Test
    void cachedTokensSaveTimeAndBind() {
        fill(dev2, 1, 10, now);
        Prediction prediction = dev2.predict(ASK, 600, null, now);
        assertThat(prediction.ttftSeconds()).isCloseTo(1.45, within(0.01));
        assertThat(prediction.cost(1)).isCloseTo(16.7, within(0.4));
    }

    @Test
    void aSmallBoardWarmAndCold() {
        Prediction warm = warm(pi, now);
        assertThat(warm.ttftSeconds()).isCloseTo(32, within(0.02));
        assertThat(warm.cost(1)).isCloseTo(183, within(1.5));
        Prediction cold = pi.predict(ASK, 0, ModelAbsence.UNKNOWN, now);
        assertThat(cold.loadSeconds()).isEqualTo(45);
        assertThat(cold.cost(1) - warm.cost(1)).isCloseTo(5 * 45, within(1e-6));
        assertThat(pi.predict(ASK, 0, new ModelAbsence(20, 0, false), now).loadSeconds())
                .isEqualTo(20);
    }

    @Test
    void aFullHostMakesOneWaitForTheFirstToEnd() {
        int produced = 0;
        OutputLengths lengths = estimates.habits("llama3.2").lengths();
        while (lengths.remaining(produced) < 330) {
            produced++;
        }
        fill(dev2, 4, produced, now);
        Prediction prediction = warm(dev2, now);
        assertThat(prediction.waitSeconds()).isCloseTo(6.46, within(0.05));
        assertThat(prediction.ttftSeconds()).isCloseTo(19.9, within(0.1));
        assertThat(prediction.tpotSeconds()).isCloseTo(0.0783, within(1e-6));
        fill(dev2, 4, 0, now);
        assertThat(warm(dev2, now).waitSeconds()).as("the fifth in the queue").isGreaterThan(25);
    }

    @Test
    void aNegativeCostIsNotTurnedRoundByTheWeight() {
        RequestSize long4k = new RequestSize(0, 4000, 1, true);
        Prediction cached = pi.predict(long4k, 3990, null, now);
        assertThat(cached.cost(1)).isNegative();
        assertThat(cached.cost(2)).isLessThan(cached.cost(1));
        assertThat(cached.cost(0.1)).isGreaterThan(cached.cost(1));
    }

    @Test
    void aShortAnswerIsCheapAndAWholeOneAsksForNoFirstToken() {
        Prediction open = warm(dev2, now);
        Prediction capped = dev2.predict(new RequestSize(0, 800, 8, true), 0, null, now);
        assertThat(capped.outputTokens()).isEqualTo(8);
        assertThat(capped.cost(1)).isLessThan(open.cost(1));
        Prediction whole = dev2.predict(new RequestSize(0, 800, -1, false), 0, null, now);
        assertThat(whole.cost(1)).isCloseTo(whole.runSeconds(), within(1e-9));
    }

    @Test
    void aHungBackendBecomesExpensiveBeforeAnythingFails() {
        ActiveGeneration stuck = fill(dev2, 1, 0, now).get(0);
        double expected = stuck.prediction.ttftSeconds();
        assertThat(warm(dev2, Moments.at(1.4 * expected)).overdue()).isEqualTo(1);
        Prediction later = warm(dev2, Moments.at(5 * expected));
        assertThat(later.overdue()).isCloseTo(5, within(0.01));
        assertThat(later.ttftSeconds()).isGreaterThan(4.9 * expected);
        stuck.progress(1, Moments.at(5 * expected));
        assertThat(warm(dev2, Moments.at(5 * expected)).overdue()).isEqualTo(1);
    }

    @Test
    void aStreamThatStandsStillIsOverdueToo() {
        fill(dev2, 1, 10, now);
        assertThat(warm(dev2, Moments.at(5)).overdue()).isEqualTo(1);
        assertThat(warm(dev2, Moments.at(60)).overdue()).isGreaterThan(8);
    }

    @Test
    void aLongAnswerThatIsNotStreamedIsNoHang() {
        RequestSize whole = new RequestSize(0, 800, -1, false);
        dev2.begin(whole, dev2.predict(whole, 0, null, now), now);
        assertThat(warm(dev2, Moments.at(40)).overdue()).isEqualTo(1);
        assertThat(warm(dev2, Moments.at(400)).overdue()).isGreaterThan(5);
    }

    @Test
    void whoComesDuringALoadWaitsForTheRestOfIt() {
        Prediction first = dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, now);
        dev2.begin(ASK, first, now);
        long later = Moments.at(4);
        assertThat(dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, later).loadSeconds())
                .isCloseTo(2, within(1e-6));
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        assertThat(other.predict(ASK, 0, ModelAbsence.UNKNOWN, later).loadSeconds())
                .as("loads one at a time")
                .isCloseTo(8, within(1e-6));
        assertThat(other.predict(ASK, 0, null, later).loadSeconds()).isZero();
    }

    @Test
    void modelsOfOneBackendSlowEachOtherDown() {
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        fill(other, 2, 10, now);
        assertThat(warm(dev2, now).tpotSeconds()).isCloseTo(0.0333 + 2 * 0.015, within(1e-9));
        assertThat(warm(dev2, now).waitSeconds()).as("slots are a model's own").isZero();
    }

    @Test
    void endingGivesThePlaceBackOnce() {
        List<ActiveGeneration> four = fill(dev2, 4, 10, now);
        for (ActiveGeneration generation : four) {
            generation.abandoned(now);
            generation.abandoned(now);
            generation.finished(ReportedTimings.NONE, now);
            generation.progress(99, now);
        }
        assertThat(dev2.inFlight()).isZero();
        assertThat(estimates.backend("dev2").inFlight()).isZero();
        assertThat(warm(dev2, now).tpotSeconds()).isCloseTo(0.0333, within(1e-9));
    }

    @Test
    void bytesBecomeTokens() {
        assertThat(dev2.predict(RequestSize.ofBytes(4000), 0, null, now).promptTokens())
                .isEqualTo(1000);
        for (int i = 0; i < 30; i++) {
            RequestSize body = RequestSize.ofBytes(3000);
            ActiveGeneration generation = dev2.begin(body, dev2.predict(body, 0, null, now), now);
            generation.finished(new ReportedTimings(1000, -1, 20, -1, -1, -1), now);
        }
        assertThat(dev2.predict(RequestSize.ofBytes(3000), 0, null, now).promptTokens())
                .isBetween(950L, 1050L);
        assertThat(pi.predict(RequestSize.ofBytes(3000), 0, null, now).promptTokens())
                .as("the same model elsewhere")
                .isBetween(950L, 1050L);
    }

    @Test
    void aLoadThatTheProxyCausedItself_isWaitedForToo_andTeachesHowLongLoadsTake() {
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        dev2.loadBegan(0, now);
        long later = Moments.at(4);
        assertThat(dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, later).loadSeconds())
                .isCloseTo(2, within(1e-6));
        assertThat(other.predict(ASK, 0, ModelAbsence.UNKNOWN, later).loadSeconds())
                .isCloseTo(2 + 6, within(1e-6));
        dev2.loadEnded(true, Moments.at(9));
        assertThat(other.predict(ASK, 0, ModelAbsence.UNKNOWN, Moments.at(9)).loadSeconds())
                .isCloseTo(6, within(1e-6));
        assertThat(dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, Moments.at(9)).loadSeconds())
                .isBetween(8.0, 9.0);
        dev2.loadBegan(0, Moments.at(20));
        dev2.loadEnded(false, Moments.at(21));
        assertThat(dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, Moments.at(30)).loadSeconds())
                .as("it failed")
                .isBetween(8.0, 9.0);
    }

    @Test
    void aModelThatHasToGoFirst_isWaitedForUntilItIsIdle() {
        ModelAbsence crowded = new ModelAbsence(0, 1, false);
        assertThat(dev2.predict(ASK, 0, crowded, now).loadSeconds())
                .as("it has nothing to do")
                .isCloseTo(6, within(1e-6));
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        List<ActiveGeneration> two = fill(other, 2, 10, now);
        double busy = dev2.predict(ASK, 0, crowded, now).loadSeconds();
        assertThat(busy).as("the rest of two answers").isBetween(10.0, 40.0);
        assertThat(dev2.predict(ASK, 0, new ModelAbsence(0, 2, false), now).loadSeconds())
                .as("another one is idle")
                .isCloseTo(6, within(1e-6));
        assertThat(dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, now).loadSeconds())
                .as("there is room")
                .isCloseTo(6, within(1e-6));
        dev2.loadBegan(0, now);
        assertThat(dev2.predict(ASK, 0, crowded, now).loadSeconds())
                .as("it is on its way")
                .isCloseTo(6, within(1e-6));
        dev2.loadEnded(false, now);
        two.forEach(generation -> generation.abandoned(now));
        assertThat(dev2.predict(ASK, 0, crowded, now).loadSeconds()).isCloseTo(6, within(1e-6));
    }

    @Test
    void anotherContextIsWaitedForUntilTheModelIsIdle() {
        fill(dev2, 1, 10, now);
        double reload = dev2.predict(ASK, 0, new ModelAbsence(0, 0, true), now).loadSeconds();
        assertThat(reload).isBetween(10.0, 40.0);
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        assertThat(other.predict(ASK, 0, new ModelAbsence(0, 0, true), now).loadSeconds())
                .isCloseTo(6, within(1e-6));
    }

    @Test
    void aLoadThatARequestWaitsFor_countsOnce() {
        ActiveGeneration waits = dev2.begin(ASK, dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, now), now);
        dev2.loadBegan(0, now);
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        assertThat(other.predict(ASK, 0, ModelAbsence.UNKNOWN, now).loadSeconds())
                .isCloseTo(6 + 6, within(1e-6));
        dev2.loadEnded(true, Moments.at(3));
        waits.loaded(Moments.at(3));
        assertThat(dev2.predict(ASK, 0, ModelAbsence.UNKNOWN, Moments.at(3)).loadSeconds())
                .isBetween(3.0, 4.0);
    }

    @Test
    void aHostThatWritesTenTimesSlower_isBelievedToReadSlowerToo() {
        double read = warm(dev2, now).ttftSeconds();
        for (int i = 1; i < 12; i++) {
            boolean slow = i > 5;
            RequestSize asked = RequestSize.ofTokens(slow ? 10 : 800);
            Prediction expected = dev2.predict(asked, 0, null, Moments.at(100 * i));
            ActiveGeneration one = dev2.begin(asked, expected, Moments.at(100 * i));
            one.progress(1, Moments.at(100 * i + 3));
            one.progress(slow ? 21 : 201, Moments.at(100 * i + 13));
            ReportedTimings timings = slow
                    ? new ReportedTimings(-1, -1, 20, 10_000_000_000L, -1, -1)
                    : new ReportedTimings(800, 3_200_000_000L, 200, 6_660_000_000L, 0, 9_900_000_000L);
            one.finished(timings, Moments.at(100 * i + 13));
            if (i == 5) {
                read = warm(dev2, Moments.at(600)).ttftSeconds();
            }
        }
        assertThat(warm(dev2, Moments.at(1300)).tpotSeconds()).isBetween(0.3, 0.7);
        assertThat(warm(dev2, Moments.at(1300)).ttftSeconds()).isGreaterThan(5 * read);
    }

    private void write(ActiveGeneration stream, int fromToken, int tokens, double fromSecond, double perToken) {
        for (int i = 1; i <= tokens; i++) {
            stream.progress(fromToken + i, Moments.at(fromSecond + i * perToken));
        }
    }

    @Test
    void aStreamThatComesMuchSlowerThanBelieved_makesItsHostDearAtOnce_andNoLongerThanThat() {
        Prediction before = warm(dev2, now);
        ActiveGeneration stream = fill(dev2, 1, 1, now).get(0);
        double perToken = before.tpotSeconds();
        write(stream, 1, 3, 0, 8 * perToken);
        assertThat(warm(dev2, Moments.at(0.8)).overdue())
                .as("three tokens, less than a second")
                .isEqualTo(1);
        write(stream, 4, 3, 24 * perToken, 8 * perToken);
        Prediction slow = warm(dev2, Moments.at(48 * perToken));
        assertThat(slow.overdue()).isCloseTo(8, within(0.1));
        assertThat(slow.ttftSeconds()).isGreaterThan(8 * before.ttftSeconds());
        assertThat(slow.tpotSeconds()).isGreaterThan(8 * before.tpotSeconds());
        write(stream, 7, 200, 48 * perToken, perToken);
        assertThat(warm(dev2, Moments.at(248 * perToken)).overdue()).isEqualTo(1);
    }

    @Test
    void whatTheLastLookShowed_holdsWhileTheNextOneShowsLittleYet() {
        ActiveGeneration stream = fill(dev2, 1, 1, now).get(0);
        write(stream, 1, 100, 0, 0.0333);
        write(stream, 101, 9, 3.33, 0.25);
        double after = 3.33 + 9 * 0.25;
        assertThat(warm(dev2, Moments.at(after)).overdue()).isGreaterThan(3);
        write(stream, 110, 1, after, 0.25);
        assertThat(warm(dev2, Moments.at(after + 0.25)).overdue()).isGreaterThan(3);
    }

    @Test
    void silenceIsNotWritingSlowly() {
        ActiveGeneration stream = fill(dev2, 1, 1, now).get(0);
        write(stream, 1, 30, 0, 0.0333);
        assertThat(warm(dev2, Moments.at(5)).overdue())
                .as("a parser holds text back")
                .isEqualTo(1);
    }

    /** Long answers that say all about the speed, one after another. */
    private void answers(ModelEstimates model, int count, double from, double perToken) {
        for (int i = 0; i < count; i++) {
            double at = from + 100 * i;
            ActiveGeneration one = model.begin(ASK, warm(model, Moments.at(at)), Moments.at(at));
            one.progress(1, Moments.at(at + 3));
            long nanos = Math.round(200 * perToken * 1e9);
            one.progress(200, Moments.at(at + 3 + 200 * perToken));
            one.finished(
                    new ReportedTimings(800, 3_000_000_000L, 200, nanos, 0, 3_000_000_000L + nanos),
                    Moments.at(at + 3 + 200 * perToken));
        }
    }

    @Test
    void aMachineThatBecameSlowWithOneModel_isBelievedToBeWithTheOthers_butNotWithOneThatRuns() {
        ModelEstimates other = estimates.backend("dev2").model("qwen2.5-coder", () -> DEV2);
        ModelEstimates running = estimates.backend("dev2").model("phi4", () -> DEV2);
        ModelEstimates unheard = estimates.backend("dev2").model("gemma3", () -> DEV2);
        for (ModelEstimates model : List.of(dev2, other, running)) {
            answers(model, 5, 0, 0.0333);
        }
        ActiveGeneration stream = running.begin(ASK, warm(running, Moments.at(1000)), Moments.at(1000));
        stream.progress(1, Moments.at(1001));
        double alone = running.decode.alone();
        answers(dev2, 4, 1000, 0.333);
        long later = Moments.at(1500);
        assertThat(other.decode.alone()).isBetween(0.1, dev2.decode.alone() + 0.01);
        assertThat(warm(other, later).tpotSeconds()).isGreaterThan(0.1);
        assertThat(unheard.tokenSeconds(1)).isGreaterThan(0.1);
        assertThat(running.decode.alone()).isEqualTo(alone);
        answers(other, 1, 1600, 0.0333);
        assertThat(other.decode.alone())
                .as("the next answer counts as the first one")
                .isLessThan(0.06);
    }

    @Test
    void whatASlowHostHasCached_isWorthNoMoreThanReadingItWhereOthersDo() {
        RequestSize long4k = new RequestSize(0, 4000, -1, true);
        double unbound = pi.predict(long4k, 3990, null, now).bonus();
        answers(dev2, 10, 0, 0.0333);
        double bound = pi.predict(long4k, 3990, null, now).bonus();
        assertThat(bound).isLessThan(unbound / 5);
        assertThat(bound).isCloseTo(3990 * dev2.readSeconds(), within(1.5));
    }
}

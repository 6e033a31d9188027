package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EstimateSnapshotTest {
    private static final RequestSize ASK = RequestSize.ofBytes(4000);
    private static final long MINUTE = 60_000_000_000L;

    private final long now = Moments.at(0);

    private static ModelEstimates model(Estimates estimates) {
        return estimates.backend("dev2").model("llama3.2", () -> BackendClass.CPU_SERVER.prior(0));
    }

    /** A fleet of one that knows something of everything. */
    private Estimates taught() {
        Estimates estimates = new Estimates(CostTerms.USUAL);
        ModelEstimates model = model(estimates);
        for (int i = 0; i < 30; i++) {
            ActiveGeneration generation =
                    model.begin(ASK, model.predict(ASK, 0, i == 3 ? ModelAbsence.UNKNOWN : null, now), now);
            generation.progress(1, Moments.at(4));
            generation.progress(50, Moments.at(9));
            long load = i == 3 ? 7_000_000_000L : 20_000_000L;
            generation.finished(
                    new ReportedTimings(1300, 3_000_000_000L, 60, 5_000_000_000L, load, 9_000_000_000L + load), now);
        }
        return estimates;
    }

    @Test
    void whatWasLearnedComesBack() throws InvalidSnapshot {
        Estimates before = taught();
        Estimates after = new Estimates(CostTerms.USUAL);
        after.restore(EstimateSnapshot.read(before.snapshot(now).write()), 0, now);
        Prediction old = model(before).predict(ASK, 0, ModelAbsence.UNKNOWN, now);
        Prediction restored = model(after).predict(ASK, 0, ModelAbsence.UNKNOWN, now);
        // The wait inside the backend is a state of the moment and is not kept.
        assertThat(restored.ttftSeconds() + old.waitSeconds())
                .isCloseTo(old.ttftSeconds(), Percentage.withPercentage(1));
        assertThat(restored.tpotSeconds()).isEqualTo(old.tpotSeconds());
        assertThat(restored.loadSeconds()).isEqualTo(old.loadSeconds()).isGreaterThan(5);
        assertThat(restored.outputTokens()).isCloseTo(old.outputTokens(), Percentage.withPercentage(0.001));
        assertThat(restored.promptTokens()).isEqualTo(old.promptTokens()).isNotEqualTo(1000);
        assertThat(restored.confidence()).isEqualTo(old.confidence());
    }

    @Test
    void anOldSnapshotIsBelievedLess() {
        Estimates after = new Estimates(CostTerms.USUAL);
        after.restore(taught().snapshot(now), 60 * MINUTE, now);
        Prediction prediction = model(after).predict(ASK, 0, null, now);
        assertThat(prediction.confidence()).isBetween(0.05, 0.4);
        assertThat(prediction.tpotSeconds()).isCloseTo(5.0 / 60, Percentage.withPercentage(15));
    }

    @Test
    void whatNobodyAskedForSinceIsKeptForTheNextTime() {
        EstimateSnapshot first = taught().snapshot(now);
        Estimates idle = new Estimates(CostTerms.USUAL);
        idle.restore(first, 0, now);
        assertThat(idle.snapshot(now)).isEqualTo(first);
    }

    @Test
    void whatWasLearnedSinceIsNotTouched() {
        Estimates estimates = taught();
        Prediction before = model(estimates).predict(ASK, 0, null, now);
        EstimateSnapshot.Figure other = new EstimateSnapshot.Figure(1, 1);
        estimates.restore(
                new EstimateSnapshot(
                        EstimateSnapshot.VERSION,
                        List.of(),
                        List.of(new EstimateSnapshot.Backend(
                                "dev2",
                                1,
                                List.of(new EstimateSnapshot.Model(
                                        "llama3.2", other, 1, other, 1, other, other, other, 1))))),
                0,
                now);
        assertThat(model(estimates).predict(ASK, 0, null, now)).isEqualTo(before);
    }

    @Test
    void nothingLearnedIsNothingKept() {
        Estimates estimates = new Estimates(CostTerms.USUAL);
        model(estimates).predict(ASK, 0, null, now);
        assertThat(estimates.snapshot(now))
                .isEqualTo(new EstimateSnapshot(EstimateSnapshot.VERSION, List.of(), List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|",
                "null|",
                "[]|",
                "{\"version\":1,\"habits\":[],\"backends\":[]}|version 3",
                "{\"version\":3,\"habits\":[]}|backends",
                "{\"version\":3,\"habits\":null,\"backends\":[]}|habits",
                "{\"version\":3,\"habits\":[null],\"backends\":[]}|",
                "{\"version\":3,\"habits\":[],\"backends\":[],\"more\":1}|more",
                "{\"version\":3,\"habits\":[],\"backends\":[]} x|",
                "{\"version\":3,\"version\":3,\"habits\":[],\"backends\":[]}|version",
                "{\"version\":3,\"habits\":[{\"model\":\"m\",\"bytesPerToken\":{\"value\":0,\"weight\":1},"
                        + "\"envelopeBytes\":0,\"lengths\":[]}],"
                        + "\"backends\":[]}|value is out of range",
                "{\"version\":3,\"habits\":[{\"model\":\"m\",\"bytesPerToken\":{\"value\":\"NaN\",\"weight\":1},"
                        + "\"envelopeBytes\":0,\"lengths\":[]}],\"backends\":[]}|value is out of range",
                "{\"version\":3,\"habits\":[{\"model\":\"m\",\"bytesPerToken\":{\"value\":4,\"weight\":1},"
                        + "\"envelopeBytes\":0,\"lengths\":[1]}],\"backends\":[]}|lengths is out of range",
                "{\"version\":3,\"habits\":[],\"backends\":[{\"name\":\"a\",\"crowding\":-1,\"models\":[]}]}|crowding is out of range"
            })
    void aDamagedOneIsRefusedWithTheReason(String json, String reason) {
        byte[] bytes = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> EstimateSnapshot.read(bytes))
                .isInstanceOf(InvalidSnapshot.class)
                .hasMessageContaining(reason == null ? "" : reason);
    }

    @Test
    void noDamageGetsThroughAsAnotherException() {
        byte[] whole = taught().snapshot(now).write();
        long seed = 4711;
        Random random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            byte[] damaged = whole.clone();
            for (int hits = 1 + random.nextInt(3); hits > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            assertThatCode(() -> takeUp(damaged))
                    .as("seed %d, round %d", seed, i)
                    .doesNotThrowAnyException();
        }
    }

    /** Whatever passes the reader must predict something sensible. */
    private void takeUp(byte[] json) {
        Estimates estimates = new Estimates(CostTerms.USUAL);
        try {
            estimates.restore(EstimateSnapshot.read(json), 0, now);
        } catch (InvalidSnapshot expected) {
            return;
        }
        Prediction prediction = model(estimates).predict(ASK, 0, ModelAbsence.UNKNOWN, now);
        assertThat(prediction.ttftSeconds()).isPositive().isFinite();
        assertThat(prediction.cost(1)).isFinite();
    }
}

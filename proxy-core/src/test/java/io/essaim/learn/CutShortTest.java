package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer that ended because it was not to be longer says little of how long answers are. */
class CutShortTest {
    private static final long SECOND = 1_000_000_000L;

    private ModelEstimates model;
    private long now;

    @BeforeEach
    void nothingIsKnown() {
        model = new Estimates(CostTerms.USUAL).backend("dev2").model("m", () -> BackendClass.CPU_SERVER.prior(0));
    }

    /**
     * One answer, from its request to its last line.
     *
     * @param most longest answer that is wanted; -1 for any
     */
    private void answer(long tokens, long most) {
        RequestSize demand = new RequestSize(400, 100, most, true);
        ActiveGeneration answer = model.begin(demand, model.predict(demand, 0, null, now), now);
        answer.progress(1, now + SECOND);
        answer.progress((int) tokens, now + 2 * SECOND);
        ReportedTimings timings = new ReportedTimings(100, SECOND, tokens, SECOND, 0, 2 * SECOND);
        answer.finished(timings, now + 2 * SECOND);
        now += 10 * SECOND;
    }

    private double mean() {
        return model.habits.lengths().mean();
    }

    @Test
    void answersThatMayOnlyBeShort_doNotMakeOthersLookShort() {
        double before = mean();
        for (int i = 0; i < 50; i++) {
            answer(8, 8);
        }
        assertThat(mean()).isEqualTo(before);
    }

    @Test
    void theirSpeedCounts() {
        for (int i = 0; i < 20; i++) {
            answer(40, 40);
        }
        assertThat(model.decode.at(1)).isBetween(0.02, 0.03);
    }

    @Test
    void whoEndedByItselfBeforeTheLimit_counts() {
        double before = mean();
        for (int i = 0; i < 50; i++) {
            answer(8, 400);
        }
        assertThat(mean()).isLessThan(before / 2);
    }

    @Test
    void aLimitBeyondTheUsualLength_thatWasReached_counts() {
        double before = mean();
        for (int i = 0; i < 50; i++) {
            answer(2000, 2000);
        }
        assertThat(mean()).isGreaterThan(2 * before);
    }
}

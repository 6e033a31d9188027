package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotCountTest {
    private static final double FIRST_ENDS = 6;

    /** Requests on a backend with so many real slots, sent as the proxy would: full, with a trial now and then. */
    private static void live(SlotCount count, int real, int requests, Random random) {
        for (int i = 0; i < requests; i++) {
            boolean trial = i % 4 == 0;
            int place = trial ? count.slots() + 1 : 1 + random.nextInt(count.slots());
            double queued =
                    place <= real ? 0.02 * random.nextDouble() : -FIRST_ENDS * Math.log(1 - random.nextDouble());
            count.observe(place, 0, queued, FIRST_ENDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "4, 1", "8, 3", "1, 1", "16, 16", "2, 5"})
    void findsHowManyRun(int configured, int real) {
        int right = 0;
        for (long seed = 0; seed < 20; seed++) {
            SlotCount count = new SlotCount(configured);
            Random random = new Random(seed);
            live(count, real, 400, random);
            right += count.slots() == real ? 1 : 0;
        }
        assertThat(right).as("seeds of 20 that found it").isGreaterThanOrEqualTo(18);
    }

    @Test
    void whileTrialsGoWell_theNextIsDueAtOnce_elseLater() {
        SlotCount count = new SlotCount(1);
        assertThat(count.trialDue(0)).isTrue();
        count.tried(0);
        assertThat(count.trialDue(1)).as("its end is not known").isFalse();
        count.seen(2);
        assertThat(count.trialDue(1)).as("it wrote beside the other").isTrue();
        count.tried(1);
        count.observe(3, 0, 0, FIRST_ENDS);
        assertThat(count.trialDue(2)).as("it did not wait").isTrue();
        count.tried(2);
        count.observe(3, 0, 5, FIRST_ENDS);
        assertThat(count.trialDue(2 + TimeUnit.MINUTES.toNanos(1)))
                .as("it waited")
                .isFalse();
        assertThat(count.trialDue(2 + TimeUnit.MINUTES.toNanos(2))).isTrue();
    }

    @Test
    void oneLuckyTrialProvesNothing() {
        SlotCount count = new SlotCount(2);
        count.observe(3, 0, 0, FIRST_ENDS);
        count.observe(3, 0, 5, FIRST_ENDS);
        count.observe(3, 0, 0, FIRST_ENDS);
        count.observe(3, 0, 5, FIRST_ENDS);
        count.observe(3, 0, 5, FIRST_ENDS);
        assertThat(count.slots()).isEqualTo(2);
        count.observe(3, 0, 0, FIRST_ENDS);
        assertThat(count.slots()).isEqualTo(2);
        count.observe(3, 0, 0, FIRST_ENDS);
        assertThat(count.slots()).as("three of the last five").isEqualTo(3);
    }

    @Test
    void asManyAsWriteAreSlots() {
        SlotCount count = new SlotCount(2);
        count.seen(2);
        assertThat(count.slots()).isEqualTo(2);
        count.seen(5);
        assertThat(count.slots()).isEqualTo(5);
        count.seen(1000);
        assertThat(count.slots()).isEqualTo(SlotCount.MOST);
    }

    @Test
    void inALongQueueWhoRanBesideTellsHowManyRun() {
        SlotCount count = new SlotCount(8);
        for (int i = 0; i < 3; i++) {
            count.observe(20, i == 1 ? 3 : 2, 40, 2);
        }
        assertThat(count.slots()).isEqualTo(3);
    }

    @Test
    void waitingAloneIsSomebodyElsesDoing() {
        SlotCount count = new SlotCount(4);
        for (int i = 0; i < 50; i++) {
            count.observe(1, 1, 30, 0);
        }
        assertThat(count.slots()).isEqualTo(4);
    }

    @Test
    void triesOnceAMinute() {
        SlotCount count = new SlotCount(1);
        assertThat(count.trialDue(Moments.at(0))).isTrue();
        count.tried(Moments.at(0));
        assertThat(count.trialDue(Moments.at(59))).isFalse();
        assertThat(count.trialDue(Moments.at(60))).isTrue();
    }
}

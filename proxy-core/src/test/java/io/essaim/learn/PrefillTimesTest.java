package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.learn.GenerationFindings.Cache;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class PrefillTimesTest {
    private static final double TRUTH = 0.004;

    private final Random random = new Random(5);
    private double clock;

    private long tick() {
        clock += 5;
        return Moments.at(clock);
    }

    /** A backend that really had {@code cached} tokens of the prompt. */
    private Cache answer(PrefillTimes times, int counted, int cached, int believed) {
        double took = (counted - cached) * TRUTH * Math.exp(0.1 * random.nextGaussian());
        return times.observe(took, counted, believed, Concurrency.NOBODY, tick());
    }

    private PrefillTimes settled() {
        PrefillTimes times = new PrefillTimes(0.02, new ConcurrencySlowdown());
        for (int i = 0; i < 30; i++) {
            answer(times, 100 + random.nextInt(3000), 0, 0);
        }
        return times;
    }

    @Test
    void findsTheSpeedThroughNoise() {
        assertThat(settled().seconds()).isCloseTo(TRUTH, Percentage.withPercentage(8));
    }

    @Test
    void takesWhatOthersSlowedDownForWhatItIs() {
        PrefillTimes times = new PrefillTimes(0.02, new ConcurrencySlowdown());
        for (int i = 0; i < 40; i++) {
            double slowdown = 1 + 0.8 * random.nextInt(4);
            times.observe(500 * TRUTH * slowdown, 500, 0, new Concurrency(2, slowdown), tick());
        }
        assertThat(times.seconds()).isCloseTo(TRUTH, Percentage.withPercentage(1));
    }

    @Test
    void expectedHitsTeachNoSpeedThatIsNotThere() {
        PrefillTimes times = settled();
        for (int i = 0; i < 200; i++) {
            assertThat(answer(times, 2000, 1900, 1900)).isIn(Cache.AS_BELIEVED, Cache.UNKNOWN);
        }
        assertThat(times.seconds()).isCloseTo(TRUTH, Percentage.withPercentage(8));
        assertThat(times.kept()).isGreaterThan(0.98);
    }

    @Test
    void hitsNobodyKnewOfAreNoSpeed() {
        PrefillTimes times = settled();
        for (int i = 0; i < 200; i++) {
            boolean hit = i % 8 != 0;
            Cache cache = answer(times, 2000, hit ? 1800 : 0, 0);
            assertThat(cache).isEqualTo(hit ? Cache.MORE : Cache.AS_BELIEVED);
        }
        assertThat(times.seconds()).isCloseTo(TRUTH, Percentage.withPercentage(10));
    }

    @Test
    void saysWhenTheCacheIsGone() {
        PrefillTimes times = settled();
        assertThat(answer(times, 2000, 0, 1800)).isEqualTo(Cache.MISSED);
        assertThat(times.seconds()).isCloseTo(TRUTH, Percentage.withPercentage(8));
        assertThat(times.kept()).isLessThan(0.85);
        for (int i = 0; i < 30; i++) {
            answer(times, 2000, 0, 1800);
        }
        assertThat(times.kept()).isLessThan(0.1);
    }

    @Test
    void believesASlowerHostEvenWhereEverythingIsCached() {
        PrefillTimes times = settled();
        for (int i = 0; i < 12; i++) {
            times.observe(1000 * TRUTH * 8, 1000, 500, Concurrency.NOBODY, tick());
        }
        assertThat(times.seconds()).isGreaterThan(3 * TRUTH);
    }

    @Test
    void believesAFasterHostWhenItIsFasterForLong() {
        PrefillTimes times = settled();
        for (int i = 0; i < 20; i++) {
            int counted = 200 + random.nextInt(3000);
            times.observe(counted * TRUTH / 10, counted, 0, Concurrency.NOBODY, tick());
        }
        assertThat(times.seconds()).isCloseTo(TRUTH / 10, Percentage.withPercentage(8));
    }

    @Test
    void ignoresWhatSaysNothing() {
        PrefillTimes times = settled();
        double before = times.seconds();
        assertThat(times.observe(0, 1000, 0, Concurrency.NOBODY, tick())).isEqualTo(Cache.UNKNOWN);
        assertThat(times.observe(Double.NaN, 1000, 0, Concurrency.NOBODY, tick()))
                .isEqualTo(Cache.UNKNOWN);
        assertThat(times.observe(0.5, 3, 0, Concurrency.NOBODY, tick())).isEqualTo(Cache.UNKNOWN);
        assertThat(times.seconds()).isEqualTo(before);
    }

    @Test
    void aPromptThatNobodyCanHaveReadBefore_isBelieved_howeverFastItWas() {
        PrefillTimes times = settled();
        for (int i = 0; i < 6; i++) {
            times.observe(64 * TRUTH / 10, 64, PrefillTimes.UNHEARD, Concurrency.NOBODY, tick());
        }
        assertThat(times.seconds()).isCloseTo(TRUTH / 10, Percentage.withPercentage(40));
        assertThat(answer(times, 2000, 0, 0)).as("and now looks slow").isNotEqualTo(Cache.MORE);
    }

    @Test
    void whatElseIsKnownOfTheHost_movesIt_untilAPromptShowsHowItIs() {
        PrefillTimes times = settled();
        times.scale(1);
        assertThat(times.seconds()).isCloseTo(TRUTH, Percentage.withPercentage(8));
        times.scale(10);
        assertThat(times.seconds()).isCloseTo(10 * TRUTH, Percentage.withPercentage(8));
        times.observe(500 * 3 * TRUTH, 500, 0, Concurrency.NOBODY, tick());
        assertThat(times.seconds()).isBetween(3 * TRUTH, 4.5 * TRUTH);
        times.scale(10);
        double before = times.seconds();
        assertThat(times.observe(500 * TRUTH / 10, 500, 0, Concurrency.NOBODY, tick()))
                .as("faster than it ever was")
                .isEqualTo(Cache.MORE);
        assertThat(times.seconds()).isEqualTo(before);
        PrefillTimes unread = new PrefillTimes(0.02, new ConcurrencySlowdown());
        unread.scale(10);
        assertThat(unread.seconds()).as("nothing but a prior").isEqualTo(0.02);
    }
}

package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConcurrencySlowdownTest {
    private final Random random = new Random(11);

    /** Prompts of a host whose others cost {@code truth} each, with noise, and an error of the speed itself. */
    private ConcurrencySlowdown taught(double truth, int prompts, double error) {
        ConcurrencySlowdown crowding = new ConcurrencySlowdown();
        for (int i = 0; i < prompts; i++) {
            double running = 1 + 3 * random.nextDouble();
            Concurrency crowd = new Concurrency(running, crowding.times(running));
            double noise = 0.1 * random.nextGaussian();
            crowding.observe(error + noise + Math.log((1 + truth * (running - 1)) / crowd.slowdown()), crowd);
        }
        return crowding;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 1, 1.5})
    void findsWhatOthersCost(double truth) {
        assertThat(taught(truth, 600, 0).share()).isCloseTo(truth, within(0.15));
    }

    @Test
    void isNotMovedByWhatIsOffHoweverManyRun() {
        assertThat(taught(0.8, 300, 0.3).share()).isCloseTo(0.8, within(0.2));
    }

    @Test
    void learnsNothingWhereAlwaysAsManyRun() {
        ConcurrencySlowdown crowding = new ConcurrencySlowdown();
        for (int i = 0; i < 100; i++) {
            crowding.observe(0.5, new Concurrency(3, crowding.times(3)));
        }
        assertThat(crowding.share()).isEqualTo(0.8);
    }

    @Test
    void staysWithinReason() {
        ConcurrencySlowdown crowding = new ConcurrencySlowdown();
        for (int i = 0; i < 1000; i++) {
            double running = 1 + random.nextInt(4);
            crowding.observe(running > 2 ? 50 : -50, new Concurrency(running, crowding.times(running)));
            assertThat(crowding.share()).isBetween(0.0, ConcurrencySlowdown.MOST);
        }
    }

    @Test
    void whatWasLearnedIsNotOverwrittenByWhatWasSaved() {
        ConcurrencySlowdown crowding = new ConcurrencySlowdown();
        crowding.restore(1.5);
        assertThat(crowding.share()).isEqualTo(1.5);
        crowding.observe(0, Concurrency.NOBODY);
        crowding.restore(0.1);
        assertThat(crowding.share()).isEqualTo(1.5);
    }
}

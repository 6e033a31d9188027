package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputLengthsTest {
    private static final double MU = Math.log(150);
    private static final double SIGMA = 1.1;

    /** Upper tail of the normal distribution, by Simpson's rule. */
    private static double tail(double z) {
        double step = 0.001;
        double sum = 0;
        for (double x = z; x < z + 12; x += 2 * step) {
            sum += density(x) + 4 * density(x + step) + density(x + 2 * step);
        }
        return sum * step / 3;
    }

    private static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /** {@code E[X - k | X > k]} of the lognormal distribution. */
    private static double lognormalRest(double produced) {
        if (produced == 0) {
            return Math.exp(MU + SIGMA * SIGMA / 2);
        }
        double z = (Math.log(produced) - MU) / SIGMA;
        return Math.exp(MU + SIGMA * SIGMA / 2) * tail(z - SIGMA) / tail(z) - produced;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 50, 150, 400, 1000})
    void isTheMeanResidualLifeOfLognormalAnswers(int produced) {
        double sum = 0;
        int looks = 0;
        long seed = 42;
        Random random = new Random(seed);
        OutputLengths lengths = new OutputLengths();
        for (int i = 0; i < 40_000; i++) {
            lengths.observe(Math.max(1, Math.round(Math.exp(MU + SIGMA * random.nextGaussian()))));
            if (i > 1000 && i % 10 == 0) {
                sum += lengths.remaining(produced);
                looks++;
            }
        }
        assertThat(sum / looks).as("seed %d", seed).isCloseTo(lognormalRest(produced), Percentage.withPercentage(8));
    }

    @Test
    void thePriorIsLognormalToo() {
        OutputLengths lengths = new OutputLengths();
        assertThat(lengths.mean()).isCloseTo(lognormalRest(0), Percentage.withPercentage(3));
        assertThat(lengths.remaining(300)).isCloseTo(lognormalRest(300), Percentage.withPercentage(3));
    }

    @Test
    void theLongerItRanTheLongerItWillRun() {
        OutputLengths lengths = new OutputLengths();
        assertThat(lengths.remaining(1000)).isGreaterThan(lengths.remaining(200));
        assertThat(lengths.remaining(200)).isGreaterThan(lengths.mean());
    }

    @Test
    void learnsShortAnswersAndForgetsThemAgain() {
        OutputLengths lengths = new OutputLengths();
        for (int i = 0; i < 500; i++) {
            lengths.observe(20);
        }
        assertThat(lengths.mean()).isBetween(17.0, 26.0);
        for (int i = 0; i < 1000; i++) {
            lengths.observe(1000);
        }
        assertThat(lengths.mean()).isCloseTo(1000, Percentage.withPercentage(10));
    }

    @Test
    void isSmoothFromTokenToToken() {
        OutputLengths lengths = new OutputLengths();
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            lengths.observe(Math.round(Math.exp(MU + SIGMA * random.nextGaussian())));
        }
        for (int k = 1; k < 140_000; k++) {
            double before = lengths.remaining(k - 1);
            double after = lengths.remaining(k);
            assertThat(after).isGreaterThan(0);
            // One token more is one less to come, unless shorter answers dropped out.
            assertThat(after - before).as("at %d", k).isGreaterThan(-1.01);
        }
    }

    @Test
    void everyLengthHasAnAnswer() {
        OutputLengths lengths = new OutputLengths();
        for (long tokens : new long[] {-5, 0, 1, 3, 4, 131_071, 131_072, Long.MAX_VALUE}) {
            lengths.observe(tokens);
            assertThat(lengths.remaining((double) tokens)).isBetween(1.0, 1e19);
        }
    }
}

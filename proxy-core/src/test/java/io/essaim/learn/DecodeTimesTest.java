package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecodeTimesTest {
    private static final double ALONE = 0.0333;
    private static final double CROWD = 0.015;

    private double clock;

    private long tick() {
        clock += 5;
        return Moments.at(clock);
    }

    private static double truth(double running) {
        return ALONE + CROWD * (running - 1);
    }

    private static double noisy(Random random, double sigma) {
        return Math.exp(sigma * random.nextGaussian());
    }

    @ParameterizedTest
    @CsvSource({"0.2, 0.18, 1", "0.0167, 0.005, 2", "0.05, 0, 3", "0.0125, 0.02, 4"})
    void findsTheCurveFromAnyPrior(double alone, double crowd, long seed) {
        DecodeTimes times = new DecodeTimes(alone, crowd);
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            double running = 1 + random.nextInt(4) + (random.nextBoolean() ? 0 : 0.5);
            times.observe(truth(running) * noisy(random, 0.1), running, 1, tick());
        }
        assertThat(times.alone()).as("seed %d", seed).isCloseTo(ALONE, Percentage.withPercentage(8));
        assertThat(times.crowd()).isCloseTo(CROWD, Percentage.withPercentage(20));
        for (int running = 1; running <= 4; running++) {
            assertThat(times.at(running)).isCloseTo(truth(running), Percentage.withPercentage(6));
        }
    }

    @Test
    void twoAnswersTellHowFastItIs() {
        DecodeTimes times = new DecodeTimes(0.2, 0.18);
        times.observe(ALONE, 1, 1, tick());
        times.observe(ALONE, 1, 1, tick());
        assertThat(times.at(1)).isCloseTo(ALONE, Percentage.withPercentage(20));
        assertThat(times.crowd() / times.alone()).as("the share stays").isCloseTo(0.9, within(0.1));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.1, 10, 1000})
    void oneWildAnswerMovesItLittle(double times) {
        DecodeTimes known = settled();
        known.observe(ALONE * times, 1, 1, tick());
        assertThat(known.at(1)).isCloseTo(ALONE, Percentage.withPercentage(12));
    }

    @Test
    void oneInTenWildAnswersDoNotSpoilIt() {
        Random random = new Random(11);
        DecodeTimes times = settled();
        for (int i = 0; i < 400; i++) {
            double running = 1 + random.nextInt(4);
            double wild = i % 10 == 5 ? (random.nextBoolean() ? 20 : 0.05) : 1;
            times.observe(truth(running) * wild * noisy(random, 0.1), running, 1, tick());
        }
        assertThat(times.at(1)).isCloseTo(ALONE, Percentage.withPercentage(12));
        assertThat(times.at(4)).isCloseTo(truth(4), Percentage.withPercentage(12));
    }

    @Test
    void believesAHostThatBecameTenTimesSlower() {
        DecodeTimes times = settled();
        for (int i = 0; i < 2; i++) {
            times.observe(10 * ALONE, 1, 1, tick());
        }
        assertThat(times.at(1)).as("after two").isGreaterThan(3 * ALONE);
        for (int i = 0; i < 4; i++) {
            times.observe(10 * ALONE, 1, 1, tick());
        }
        assertThat(times.at(1)).as("after six").isCloseTo(10 * ALONE, Percentage.withPercentage(15));
    }

    @Test
    void threeLooksAtAStreamAreEnoughToSeeAThrottle() {
        DecodeTimes times = settled();
        for (int i = 0; i < 3; i++) {
            times.observe(10 * ALONE, 1, 0.3, tick());
        }
        assertThat(times.at(1)).isGreaterThan(3 * ALONE);
    }

    @Test
    void idlingChangesNoValueAndFadesConfidence() {
        DecodeTimes times = settled();
        double before = times.at(2);
        double fresh = times.confidence(Moments.at(clock));
        long later = Moments.at(clock + 3600);
        assertThat(times.confidence(later)).isLessThan(fresh / 3);
        assertThat(times.at(2)).isEqualTo(before);
        times.observe(3 * ALONE, 1, 1, later);
        assertThat(times.at(1)).as("an old value gives way").isGreaterThan(1.7 * ALONE);
    }

    @Test
    void staysPositiveAndBoundedUnderNonsense() {
        long seed = 77;
        Random random = new Random(seed);
        DecodeTimes times = new DecodeTimes(0.05, 0.02);
        for (int i = 0; i < 20_000; i++) {
            double seconds = switch (random.nextInt(6)) {
                case 0 -> Double.NaN;
                case 1 -> -1;
                case 2 -> Double.POSITIVE_INFINITY;
                case 3 -> Double.MIN_VALUE;
                default -> Math.exp(30 * random.nextGaussian());
            };
            double running = random.nextInt(10) == 0 ? Double.NaN : random.nextInt(200);
            times.observe(seconds, running, random.nextBoolean() ? 1 : 0.3, tick());
            assertThat(times.alone()).as("seed %d", seed).isBetween(DecodeTimes.LEAST, DecodeTimes.MOST);
            assertThat(times.crowd()).isBetween(0.0, 2 * times.alone());
        }
        for (int i = 0; i < 100; i++) {
            double running = 1 + random.nextInt(4);
            times.observe(truth(running), running, 1, tick());
        }
        assertThat(times.at(2)).as("recovers").isCloseTo(truth(2), Percentage.withPercentage(10));
    }

    private DecodeTimes settled() {
        DecodeTimes times = new DecodeTimes(0.05, 0.02);
        for (int i = 0; i < 80; i++) {
            times.observe(truth(1 + i % 4), 1 + i % 4, 1, tick());
        }
        return times;
    }
}

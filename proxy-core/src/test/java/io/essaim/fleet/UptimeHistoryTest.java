package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class UptimeHistoryTest {
    private static UptimeHistory of(double... seconds) {
        UptimeHistory lives = new UptimeHistory();
        for (double one : seconds) {
            lives.ended(one);
        }
        return lives;
    }

    @Test
    void nothingIsFeared_ofAHostWithoutAPast() {
        assertThat(new UptimeHistory().risk(10, 1000)).isZero();
    }

    @Test
    void aHostThatFallsAgainAndAgain_isSafeWhenYoung_doubtfulWhenOld_andTrustedWhenOlderThanEver() {
        UptimeHistory lives = of(35, 35, 36, 34, 35, 35);
        assertThat(lives.risk(2, 10)).isLessThan(0.01);
        assertThat(lives.risk(28, 10)).isGreaterThan(0.4);
        assertThat(lives.risk(60, 1000)).isZero();
    }

    @Test
    void oneFallInDays_isNoPattern() {
        assertThat(of(3 * 86400).risk(86400, 20)).isZero();
        assertThat(of(3 * 86400).risk(3 * 86400, 20)).isLessThan(0.001);
        assertThat(of(10).risk(9, 5)).isLessThan(0.5);
    }

    @Test
    void theOldestLivesAreForgotten() {
        UptimeHistory lives = of(10, 10, 10, 10, 10, 10, 10, 10);
        for (int i = 0; i < 8; i++) {
            lives.ended(10_000);
        }
        assertThat(lives.risk(9, 5)).isZero();
    }

    @Test
    void isAProbability_thatGrowsWithTheTimeAhead() {
        long seed = 20261124;
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            UptimeHistory lives = new UptimeHistory();
            for (int falls = random.nextInt(20); falls > 0; falls--) {
                lives.ended(Math.exp(12 * random.nextDouble()));
            }
            double age = Math.exp(12 * random.nextDouble());
            double last = 0;
            for (double ahead = 0.1; ahead < 1e7; ahead *= 3) {
                double risk = lives.risk(age, ahead);
                assertThat(risk).as("seed %d, case %d", seed, i).isBetween(last, 1.0);
                last = risk;
            }
            assertThat(last).isLessThan(1);
            assertThat(lives.risk(age, 0)).isCloseTo(0, within(1e-12));
        }
    }
}

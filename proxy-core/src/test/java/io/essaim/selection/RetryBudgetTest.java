package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.fleet.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private final ManualTicker ticker = new ManualTicker();
    private final RetryBudget budget = new RetryBudget(ticker);

    private int retries() {
        int count = 0;
        while (count < 1000 && budget.tryRetry()) {
            count++;
        }
        return count;
    }

    @Test
    void threeInTenSecondsAreAlwaysThere() {
        assertThat(retries()).isEqualTo(3);
        ticker.pass(Duration.ofSeconds(9));
        assertThat(retries()).isZero();
        ticker.pass(Duration.ofSeconds(1));
        assertThat(retries()).isEqualTo(3);
    }

    @Test
    void fiveRequestsPayForOne() {
        for (int i = 0; i < 50; i++) {
            budget.request();
        }
        assertThat(retries()).isBetween(12, 13); // 0.2 is not exact in binary
    }

    @Test
    void savesAtMostAHundred() {
        for (int i = 0; i < 10_000; i++) {
            budget.request();
        }
        assertThat(retries()).isEqualTo(103);
    }
}

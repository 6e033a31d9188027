package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HedgeBudgetTest {
    private final HedgeBudget hedges = new HedgeBudget();

    private int inARow() {
        int count = 0;
        for (; hedges.any(); count++) {
            hedges.sent();
        }
        return count;
    }

    @Test
    void theFirstIsFree_thenOneOfFiftyRequests() {
        assertThat(inARow()).isEqualTo(1);
        for (int i = 0; i < 49; i++) {
            hedges.request();
        }
        assertThat(hedges.any()).isFalse();
        for (int i = 0; i < 2; i++) {
            hedges.request();
        }
        assertThat(inARow()).isEqualTo(1);
        assertThat(hedges.sentSoFar()).isEqualTo(2);
    }

    @Test
    void noMoreThanFiveAreSaved() {
        for (int i = 0; i < 10_000; i++) {
            hedges.request();
        }
        assertThat(inARow()).isEqualTo(5);
    }
}

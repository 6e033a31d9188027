package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Priority;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class SlotHoldersTest {
    /** The same by definition, in logarithms: slots with which four of five find one free, and one more. */
    private static int exactly(double mean) {
        double term = -mean;
        double upTo = Math.exp(term);
        int busy = 0;
        while (upTo < 0.8) {
            busy++;
            term += Math.log(mean / busy);
            upTo += Math.exp(term);
        }
        return busy + 1;
    }

    @Test
    void whatIsNeededIsRight_toOneSlot_forAnyMean() {
        for (double mean = 0; mean < 1200; mean = mean * 1.03 + 0.1) {
            assertThat(SlotHolders.needed(mean, 4096))
                    .as("mean " + mean)
                    .isBetween(exactly(mean) - 1, exactly(mean) + 1);
        }
    }

    @Test
    void moreThanThereAreIsNeverNeeded() {
        assertThat(SlotHolders.needed(1e9, 1024)).isEqualTo(1024);
        assertThat(SlotHolders.needed(40, 8)).isEqualTo(8);
        assertThat(SlotHolders.needed(Double.NaN, 8)).isLessThanOrEqualTo(8);
    }

    @Test
    void manyAgentsWithManySlots_areAnsweredToo() {
        SlotHolders holders = new SlotHolders();
        long now = 0;
        for (int agent = 0; agent < 4; agent++) {
            for (int i = 0; i < (agent == 0 ? 256 : 250); i++) {
                holders.takes(new SlotOwner("agent" + agent, Priority.INTERACTIVE), now);
            }
        }
        long later = now + TimeUnit.MINUTES.toNanos(10);
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThat(holders.keep(18, 1024, new SlotOwner("agent0", Priority.INTERACTIVE), later))
                        .as("the others need more than they hold")
                        .isTrue());
    }
}

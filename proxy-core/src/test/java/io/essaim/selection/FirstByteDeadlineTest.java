package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.essaim.config.Timeouts;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import org.junit.jupiter.api.Test;

class FirstByteDeadlineTest {
    private final TestFleet fleet = TestFleet.ofEquals(1).up("b0", "m");

    private double seconds(Lease lease, long bytes, boolean streaming) {
        return FirstByteDeadline.firstByte(lease, bytes, streaming, Timeouts.DEFAULTS) / 1e9;
    }

    @Test
    void wholeAnswersHaveAllTheirTime() {
        fleet.measure("b0", "m", 0.5, 1);
        assertThat(seconds(fleet.lease("b0", "m"), 100, false)).isEqualTo(600);
    }

    @Test
    void loadsAndUnknownsHaveAllTheirTime() {
        assertThat(seconds(fleet.lease("b0", "m"), 100, true)).isEqualTo(120);
        fleet.measure("b0", "m", 0.5, 1);
        fleet.loaded("b0");
        assertThat(seconds(fleet.lease("b0", "m"), 100, true)).isEqualTo(120);
    }

    @Test
    void aWarmModelThatIsKnownGetsWhatItNeedsAndMore() {
        fleet.measure("b0", "m", 0.5, 1.5);
        assertThat(seconds(fleet.lease("b0", "m"), 1000, true)).isCloseTo(30 + 6 * 0.5 + 5, within(0.5));
        fleet.lease("b0", "m");
        assertThat(seconds(fleet.lease("b0", "m"), 1000, true))
                .as("one is ahead in the queue for a second or two")
                .isBetween(30 + 5 + 6 * 1.5, 30 + 5 + 6 * 3.0);
    }

    @Test
    void longPromptsTakeLonger() {
        fleet.measure("b0", "m", 0.5, 1);
        assertThat(seconds(fleet.lease("b0", "m"), 8000, true)).isCloseTo(74, within(2.0));
        assertThat(seconds(fleet.lease("b0", "m"), 40_000, true)).isEqualTo(120);
    }
}

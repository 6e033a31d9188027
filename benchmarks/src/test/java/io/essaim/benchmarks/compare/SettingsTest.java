package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void everyStreamOutlivesTheWindow() {
        for (int streams : new int[] {1, 800, 5000}) {
            long rampAndWindow = Settings.rampMillis(streams) + 1000L * (Settings.SETTLE_SECONDS + 10);
            assertThat(Settings.tokens(streams, 10) * 20L).isGreaterThan(rampAndWindow);
        }
    }

    @Test
    void warmsUpWithTheMiddleLoad() {
        assertThat(new Settings(List.of(800, 50, 200), 2, 10, 10, 3, 0).warmupStreams())
                .isEqualTo(200);
        assertThat(new Settings(List.of(50, 200), 2, 10, 10, 3, 0).warmupStreams())
                .isEqualTo(50);
    }

    @Test
    void refusesNothingToMeasure() {
        assertThatThrownBy(() -> new Settings(List.of(0), 2, 10, 10, 3, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Settings(List.of(50), 0, 10, 10, 3, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Settings(List.of(50), 2, -1, 10, 3, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsProcessorTimeForEachTokenAndWhatWasLate() {
        Window window = new Window(10_000_000_000L, 4900, 20, 30, 150, 0);
        assertThat(window.microsPerToken(window.candidateTicks(), 100)).isBetween(40.8, 40.9);
        assertThat(window.delivered(10)).isEqualTo(0.98);
        assertThat(window.foreignProcessors(100)).isEqualTo(0.1);
        assertThat(window.busyProcessors(100)).isEqualTo(0.15);
    }
}

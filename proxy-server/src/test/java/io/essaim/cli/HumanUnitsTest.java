package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HumanUnitsTest {
    private static final Instant NOW = Instant.parse("2026-02-02T08:48:00Z");

    @ParameterizedTest
    @CsvSource({
        "0,0 KiB",
        "1,1 KiB",
        "1048575,1024 KiB",
        "1048576,1 MiB",
        "1073741823,1023 MiB",
        "1073741824,1.0 GiB",
        "1321098329,1.2 GiB"
    })
    void sizes(long bytes, String text) {
        assertThat(HumanUnits.size(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "100,0,100% CPU",
        "100,100,100% GPU",
        "100,52,48%/52% CPU/GPU",
        "3,1,67%/33% CPU/GPU",
        "100,101,Unknown",
        "0,0,100% CPU",
        "0,5,Unknown"
    })
    void processors(long size, long inGpu, String text) {
        assertThat(HumanUnits.processor(size, inGpu)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "-PT1S,Stopping...",
        "PT0.5S,Less than a second from now",
        "PT1S,1 second from now",
        "PT59S,59 seconds from now",
        "PT1M,About a minute from now",
        "PT4M59S,4 minutes from now",
        "PT1H,About an hour from now",
        "PT1H31M,2 hours from now",
        "PT48H,2 days from now",
        "P20D,2 weeks from now",
        "P90D,3 months from now",
        "P1000D,2 years from now",
        "P106000D,Forever"
    })
    void times(Duration left, String text) {
        assertThat(HumanUnits.until(NOW.plus(left), NOW)).isEqualTo(text);
    }
}

package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SamplesTest {

    private final Samples samples = new Samples();

    @Test
    void takesTheMiddleOrTheMeanOfTheMiddleTwo() {
        samples.add(1, 9, "cpu", "nginx", "50");
        assertThat(samples.median("cpu", "nginx", "50")).hasValue(9);
        samples.add(2, 1, "cpu", "nginx", "50");
        assertThat(samples.median("cpu", "nginx", "50")).hasValue(5);
        samples.add(3, 2, "cpu", "nginx", "50");
        assertThat(samples.median("cpu", "nginx", "50")).hasValue(2);
        assertThat(samples.spread("cpu", "nginx", "50").getAsDouble()).isCloseTo(4, within(1e-9));
    }

    @Test
    void hasNothingForWhatWasNotMeasured() {
        assertThat(samples.median("cpu", "essaim")).isEmpty();
        assertThat(samples.spread("cpu", "essaim")).isEmpty();
        assertThat(samples.medians()).isEmpty();
    }

    @Test
    void subtractsTheBaselineOfTheSameRound() {
        samples.add(1, 100, "ttft", "direct");
        samples.add(2, 300, "ttft", "direct");
        samples.add(1, 150, "ttft", "nginx");
        samples.add(2, 310, "ttft", "nginx");
        samples.add(3, 999, "ttft", "nginx");
        samples.addDifference(List.of("added", "nginx"), List.of("ttft", "nginx"), List.of("ttft", "direct"));
        assertThat(samples.rounds().get("added")).isEqualTo(Map.of("nginx", List.of(50.0, 10.0)));
    }

    @Test
    void growsATreeOfNames() {
        samples.add(1, 1.23456, "cpu", "nginx", "50");
        samples.add(1, 2, "cpu", "nginx", "200");
        samples.add(1, 3, "cpu", "haproxy", "50");
        assertThat(samples.medians())
                .isEqualTo(
                        Map.of("cpu", Map.of("nginx", Map.of("50", 1.235, "200", 2.0), "haproxy", Map.of("50", 3.0))));
    }
}

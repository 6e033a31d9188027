package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class ReportTest {

    private final Settings settings = new Settings(List.of(200, 50, 50), 2, 10, 10, 3, 0);
    private final Outcome outcome = new Outcome(
            Map.of("kernel", "Linux 6"), new LinkedHashMap<>(), new ArrayList<>(), new Samples(), new ArrayList<>());

    @Test
    void alignsATable() {
        TextTable table = new TextTable(List.of("name", "n"));
        table.row(List.of("a", TextTable.cell(OptionalDouble.of(12.345), 1)));
        table.row(List.of("longer", TextTable.cell(OptionalDouble.empty(), 1)));
        assertThat(table.render()).isEqualTo("name       n\n------------\na       12.3\nlonger     -\n");
        assertThatThrownBy(() -> table.row(List.of("one"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsFiguresByNameInJsonAndLeavesOutWhatWasNotMeasured() {
        fill();
        JsonNode json = new ObjectMapper().readTree(new Report(outcome, settings).json());
        assertThat(json.at("/cpuMicrosPerToken/nginx/50").asDouble()).isEqualTo(36.5);
        assertThat(json.at("/rounds/cpuMicrosPerToken/nginx/50/1").asDouble()).isEqualTo(43);
        assertThat(json.at("/cpuMicrosPerToken/nginx/200").isMissingNode()).isTrue();
        assertThat(json.at("/settings/streams/0").asInt()).isEqualTo(50);
        assertThat(json.at("/settings/streams").size()).isEqualTo(2);
        assertThat(json.at("/skipped/0").asString()).isEqualTo("essaim");
    }

    @Test
    void tellsPeopleWhatIsMissingDoubtfulOrWrong() {
        fill();
        assertThat(new Report(outcome, settings).text())
                .contains("kernel: Linux 6\n", "nginx: 1.22\n")
                .containsPattern("(?m)^nginx +36\\.5 +- ")
                .contains("SKIPPED: essaim is not installed: skipped\n")
                .contains("FAILED: nginx, round 1, 200 streams: 1 wrong\n")
                .contains("WARNING: nginx at 50 streams: the rounds lie 36 % apart\n")
                .contains("WARNING: nginx at 50 streams: 90 % of the due tokens arrived in the window: saturated\n")
                .contains("WARNING: nginx at 50 streams: others used 50 % of a processor: disturbed\n");
    }

    private void fill() {
        outcome.candidates().putAll(Map.of("nginx", "1.22"));
        outcome.skipped().add("essaim");
        outcome.failures().add("nginx, round 1, 200 streams: 1 wrong");
        outcome.samples().add(1, 30, "cpuMicrosPerToken", "nginx", "50");
        outcome.samples().add(2, 43, "cpuMicrosPerToken", "nginx", "50");
        outcome.samples().add(1, 0.9, "deliveredRate", "nginx", "50");
        outcome.samples().add(1, 0.5, "foreignProcessors", "nginx", "50");
    }
}

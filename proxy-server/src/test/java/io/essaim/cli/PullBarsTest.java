package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Rules;
import io.essaim.model.ModelName;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class PullBarsTest {
    private static final String CUT = "\u001b[?7l";
    private static final String LINE = "\u001b[K\n";
    private static final String END = "\u001b[J\u001b[?7h";
    private static final long MIB = 1 << 20;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final PullBars bars = new PullBars(new PrintWriter(out), new PrintWriter(err), 12);
    private final Pull phi = pull("phi3:8b");
    private final Pull qwen = pull("qwen3:8b");

    private static Pull pull(String model) {
        Rules rules = Rules.forBackends(List.of(URI.create("http://pi:1")), "127.0.0.1", 1);
        return new Pull(
                rules.backends().values().iterator().next(),
                ModelName.parse(model).orElseThrow());
    }

    private String said() {
        String text = out.toString();
        out.getBuffer().setLength(0);
        return text;
    }

    @Test
    void eachLayerIsOneLine_redrawnInPlace() {
        bars.step(phi, new Pull.Step("pulling manifest", "", 0, 0));
        assertThat(said()).isEqualTo(CUT + "pi: phi3:8b   pulling manifest" + LINE + END);
        bars.step(phi, new Pull.Step("pulling a", "sha256:a", 200 * MIB, 0));
        assertThat(said())
                .isEqualTo("\u001b[1A\r" + CUT + "pi: phi3:8b   [................]   0%  0 KiB of 200 MiB  pulling a"
                        + LINE + END);
        bars.step(phi, new Pull.Step("pulling a", "sha256:a", 200 * MIB, 0));
        assertThat(said()).as("nothing new").isEmpty();
        bars.step(phi, new Pull.Step("pulling b", "sha256:b", 4 * MIB, 2 * MIB));
        assertThat(said())
                .isEqualTo("\u001b[1A\r" + CUT + "pi: phi3:8b   [................]   0%  0 KiB of 200 MiB  pulling a"
                        + LINE + "pi: phi3:8b   [########........]  50%  2 MiB of 4 MiB  pulling b" + LINE + END);
        bars.step(phi, new Pull.Step("verifying sha256 digest", "", 0, 0));
        assertThat(said()).isEqualTo("\u001b[2A\r" + CUT + "pi: phi3:8b   verifying sha256 digest" + LINE + END);
    }

    @Test
    void whatIsOver_staysAboveTheBars_andFailuresGoToTheOtherStream() {
        bars.step(phi, new Pull.Step("pulling manifest", "", 0, 0));
        bars.step(qwen, new Pull.Step("pulling manifest", "", 0, 0));
        said();
        bars.over(phi, null);
        assertThat(said())
                .isEqualTo("\u001b[2A\r\u001b[Jpi: phi3:8b   done" + System.lineSeparator() + CUT
                        + "pi: qwen3:8b  pulling manifest" + LINE + END);
        bars.over(qwen, "no space left");
        assertThat(said()).isEqualTo("\u001b[1A\r\u001b[J" + CUT + END);
        assertThat(err.toString()).isEqualTo("pi: qwen3:8b: no space left" + System.lineSeparator());
    }

    @Test
    void moreThanASmallTerminalHolds_isCounted() {
        for (int i = 0; i < 30; i++) {
            bars.step(pull("m" + i), new Pull.Step("waiting", "", 0, 0));
        }
        assertThat(said()).contains("\u001b[20A").endsWith("and 11 more" + LINE + END);
    }
}

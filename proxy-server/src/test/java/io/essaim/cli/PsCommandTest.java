package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.simulator.SimulatedHost;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PsCommandTest {
    @TempDir
    Path directory;

    @Test
    void whatIsInMemoryAnywhere_isInOneTable() throws Exception {
        try (SimulatedHost dev2 = Hosts.with("qwen3:8b", "phi3");
                SimulatedHost pi = Hosts.with("phi3")) {
            String rules = Hosts.rules(
                    directory, "{'models':['*'],'tiers':[['dev2','pi']]}", "dev2", dev2.url(), "pi", pi.url());
            assertThat(Said.by("ps", "--rules", rules).out().lines())
                    .as("nothing yet")
                    .containsExactly("NAME   HOST   SIZE   PROCESSOR   CONTEXT   UNTIL");
            Hosts.load(pi, "phi3");
            Hosts.load(dev2, "phi3");
            Hosts.load(dev2, "qwen3:8b");
            Said said = Said.by("ps", "--rules", rules);
            assertThat(said.err()).isEmpty();
            assertThat(said.code()).isEqualTo(0);
            assertThat(said.out().lines())
                    .containsExactly(
                            "NAME          HOST   SIZE      PROCESSOR   CONTEXT   UNTIL",
                            "phi3:latest   dev2   2.1 GiB   100% CPU    4096      Forever",
                            "phi3:latest   pi     2.1 GiB   100% CPU    4096      Forever",
                            "qwen3:8b      dev2   2.1 GiB   100% CPU    4096      Forever");
        }
    }

    @Test
    void aHostThatIsDown_isNamed() {
        try (SimulatedHost pi = Hosts.with("phi3")) {
            pi.kill();
            Said said = Said.by(
                    "ps", "--rules", Hosts.rules(directory, "{'models':['*'],'tiers':[['pi']]}", "pi", pi.url()));
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).startsWith("pi: no connection to it");
        }
    }
}

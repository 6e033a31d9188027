package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.simulator.Fault;
import io.essaim.simulator.ModelSpec;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.ScriptedBackend;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsCommandTest {
    private static final String EVERYTHING = "{'models':['*'],'tiers':[['dev2','pi']]}";

    @TempDir
    Path directory;

    @Test
    void allHostsAreInOneTable_withWhatDiffersAndWhatIsMissing() {
        try (SimulatedHost dev2 = Hosts.with(
                        ModelSpec.text("qwen3:8b", 5 * Hosts.GIB, "8B"),
                        ModelSpec.text("Phi3:latest", 2 * Hosts.GIB, "3B"),
                        ModelSpec.embedding("all-minilm", 45_960_996L, "23M"));
                SimulatedHost pi = Hosts.with(ModelSpec.text("phi3:latest", 3 * Hosts.GIB, "3B"))) {
            String rules = Hosts.rules(
                    directory,
                    "{'models':['qwen*'],'tiers':[['dev2'],['pi']]},"
                            + "{'models':['big'],'tiers':[['dev2'],[{'backend':'pi','model':'small:1b'}]]},"
                            + EVERYTHING,
                    "dev2",
                    dev2.url(),
                    "pi",
                    pi.url());
            Said said = Said.by("models", "--rules", rules);
            assertThat(said.err()).isEmpty();
            assertThat(said.code()).isEqualTo(0);
            assertThat(said.out().lines())
                    .containsExactly(
                            "NAME                SIZE      HOSTS",
                            "all-minilm:latest   43 MiB    dev2",
                            "big:latest          -         dev2 (missing)",
                            "Phi3:latest         2.0 GiB   dev2, pi (another digest)",
                            "qwen3:8b            5.0 GiB   dev2, pi (missing)",
                            "small:1b            -         pi (missing)");
        }
    }

    @Test
    void hostsThatDoNotAnswer_areNamedWithWhy_andTheOthersStillShown() {
        try (SimulatedHost dev2 = Hosts.with("phi3");
                SimulatedHost pi = Hosts.with("phi3");
                SimulatedHost nas = Hosts.with("phi3");
                ScriptedBackend web = ScriptedBackend.with()) {
            pi.kill();
            nas.faults().set(Fault.of(Fault.Kind.ERROR_500).onAllRoutes());
            String rules = Hosts.rules(
                    directory,
                    EVERYTHING,
                    "dev2",
                    dev2.url(),
                    "pi",
                    pi.url(),
                    "nas",
                    nas.url(),
                    "web",
                    web.url() + "/x");
            Said said = Said.by("models", "--rules", rules);
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.out().lines())
                    .containsExactly("NAME          SIZE      HOSTS", "phi3:latest   2.0 GiB   dev2");
            assertThat(said.err().lines())
                    .containsExactly(
                            "pi: no connection to it (is Ollama running there?) (" + pi.url() + "/api/tags)",
                            "nas: it answered 500 (" + nas.url() + "/api/tags)",
                            "web: it answered 500 (" + web.url() + "/x/api/tags)");
        }
    }

    @Test
    void rulesThatCannotBeRead_areAWrongUse() {
        Said said = Said.by("models", "--rules", directory.resolve("none.json").toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("none.json: there is no such file");
    }
}

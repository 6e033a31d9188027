package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.Certificates;
import io.essaim.testing.ScriptedBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that ask hosts themselves look at certificates as the proxy does. */
class TlsCommandsTest {
    @TempDir
    Path directory;

    private Path rules(ScriptedBackend host, String tls) throws Exception {
        return Files.writeString(
                directory.resolve("rules.json"),
                "{\"backends\":{\"b1\":{\"url\":\"" + host.url() + "\",\"tls\":{" + tls
                        + "}}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    @Test
    void hostsAreAskedWhoseCertificateIsGood_andNoOthers() throws Exception {
        Certificates made = Certificates.make(directory);
        Path ours = made.pem("ours").getFileName();
        made.pem("other");
        try (ScriptedBackend host = ScriptedBackend.secure(made.server("host"), "llama3.2:latest")) {
            String good = rules(host, "\"ca\":\"" + ours + "\",\"pin\":[\"" + made.pin("host") + "\"]")
                    .toString();
            for (String command : new String[] {"models", "ps"}) {
                Said said = Said.by(command, "--rules", good);
                assertThat(said.err()).isEmpty();
                assertThat(said.out()).contains("llama3.2");
            }
            host.plays(line -> line.json("{\"status\":\"success\"}"));
            Said pulled = Said.by("pull", "--rules", good, "--host", "b1", "phi3");
            assertThat(pulled.code()).as(pulled.err()).isZero();
            assertThat(host.requests()).hasSize(1);
            Said checked = Said.by("check", good);
            assertThat(checked.code()).as(checked.err()).isZero();
            assertThat(checked.out()).contains("certificates\n  b1  signed by ours.pem, with the pinned key\n");

            String other = rules(host, "\"ca\":\"other.pem\"").toString();
            assertThat(Said.by("models", "--rules", other).err())
                    .contains("b1: its certificate is signed by nobody who is trusted here");
            String unpinned = rules(host, "\"ca\":\"ours.pem\",\"pin\":[\"" + made.pin("other") + "\"]")
                    .toString();
            assertThat(Said.by("ps", "--rules", unpinned).err()).contains("b1: its certificate has not the pinned key");
            assertThat(Said.by("pull", "--rules", unpinned, "--host", "b1", "phi3")
                            .code())
                    .isEqualTo(1);
            assertThat(host.requests()).hasSize(1);
        }
    }

    @Test
    void aFileThatIsNotThere_isAFaultOfTheRules() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), """
                {"listen":{"port":0},"backends":{"b1":{"url":"https://127.0.0.1:1","tls":{"ca":"gone.pem"}}},
                 "routes":[{"models":["*"],"tiers":[["b1"]]}]}
                """);
        for (String[] command : new String[][] {
            {"check", rules.toString()}, {"serve", "--rules", rules.toString()}, {"models", "--rules", rules.toString()}
        }) {
            Said said = Said.by(command);
            assertThat(said.code()).as(command[0]).isEqualTo(2);
            assertThat(said.err()).contains("backends.b1.tls.ca: gone.pem is not there");
        }
    }
}

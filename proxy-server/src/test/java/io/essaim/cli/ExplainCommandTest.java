package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {
    @TempDir
    Path directory;

    @Test
    void tellsOfEachCandidateHowItStands_andSendsNothing() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend other = ScriptedBackend.with("qwen3:0.6b");
                ScriptedBackend dead = ScriptedBackend.with("llama3.2:latest")) {
            dead.kill();
            try (TestServer server = TestServer.tiers(1, ",\"admin\":{\"port\":0}", one, other, dead)) {
                String admin = "http://127.0.0.1:" + server.server().adminPort();
                Path body = Files.writeString(
                        directory.resolve("body.json"),
                        "{\"model\":\"llama3.2\",\"options\":{\"num_ctx\":8192},\"messages\":[]}");
                Said said = Said.by("explain", "--body", body.toString(), "--agent", "ops", "--admin", admin);
                assertThat(said.code()).as(said.err()).isZero();
                assertThat(said.out())
                        .startsWith("agent default, model llama3.2:latest, context 8192\n")
                        .contains("tier 1\n", "tier 2\n", "tier 3\n", "no cloud: it stays local\n");
                assertThat(said.out().lines().map(line -> line.strip().replaceAll(" {3,}", "|")))
                        .anyMatch(line -> line.startsWith("b1|llama3.2:latest|trial|"))
                        .anyMatch(line -> line.startsWith("b2|llama3.2:latest|model missing|-|"))
                        .anyMatch(line -> line.startsWith("b3|llama3.2:latest|down|-|"));
                assertThat(one.requests()).isEmpty();
                assertThat(server.backend("b1").inFlight()).isZero();

                Said none = Said.by("explain", "--admin", admin);
                assertThat(none.code()).isEqualTo(2);
                assertThat(none.err()).startsWith("which model?");
                RawClient.Reply wrong = RawClient.get(server.server().adminPort(), "/explain?model=a%20b");
                assertThat(wrong.status()).isEqualTo(400);
                assertThat(RawClient.get(server.server().adminPort(), "/explain?model=a&bytes=many")
                                .status())
                        .isEqualTo(400);
                assertThat(RawClient.get(server.server().adminPort(), "/explain")
                                .status())
                        .isEqualTo(400);
            }
        }
    }

    @Test
    void readsTheRulesAlone() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), """
                { "backends": { "dev2": { "url": "http://127.0.0.1:1" }, "pi": { "url": "http://127.0.0.1:2" },
                    "c": { "url": "http://127.0.0.1:3/v1", "dialect": "openai" } },
                  "routes": [{ "models": ["llama3.2:*"], "tiers": [["dev2"], [{ "backend": "pi", "model": "llama3.2:1b" }]] }],
                  "agents": { "rssi": { "cloud": [{ "backend": "c", "model": "large" }, { "backend": "c", "model": "x" }] },
                    "default": { "cloud": [{ "backend": "c", "model": "large" }] } } }
                """);
        Said said = Said.by("explain", "--offline", "--rules", rules.toString(), "--model", "rssi/llama3.2");
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).isEqualTo("""
                agent rssi, model llama3.2:latest
                tier 1
                  dev2, for llama3.2:latest
                tier 2
                  pi, for llama3.2:1b
                when none of these can: c, for large
                when none of these can: c, for x
                """);
        assertThat(Said.by("explain", "--offline", "--rules", rules.toString(), "--model", "rssi/large")
                        .out())
                .isEqualTo(
                        "agent rssi, model large:latest\nno route leads anywhere for this model\nasked for by its name: c, for large\n");
        assertThat(Said.by("explain", "--offline", "--rules", rules.toString(), "--model", "llama3.2", "--agent", "new")
                        .out())
                .as("strangers get none, although default has one")
                .endsWith("no cloud: it stays local\n");
        assertThat(Said.by("explain", "--offline", "--rules", rules.toString(), "--model", "qwen3")
                        .out())
                .isEqualTo(
                        "agent default, model qwen3:latest\nno route leads anywhere for this model\nno cloud: it stays local\n");
    }

    @Test
    void knowsRoutesOfAgents_andWhatTheirZonesKeepThemFrom() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), """
                { "backends": { "dev2": { "url": "http://10.0.0.1:1" }, "far": { "url": "https://ollama.example.com" } },
                  "routes": [{ "models": ["*"], "tiers": [["far"], ["dev2"]] }],
                  "agents": { "night": { "routes": [{ "models": ["llama3.2"], "tiers": [["dev2"]] }] }, "near": { "zone": "lan" } } }
                """);
        assertThat(Said.by("explain", "--offline", "--rules", rules.toString(), "--model", "night/llama3.2")
                        .out())
                .isEqualTo("""
                        agent night, model llama3.2:latest
                        tier 1
                          dev2, for llama3.2:latest
                        no cloud: it stays local
                        """);
        assertThat(Said.by("explain", "--offline", "--rules", rules.toString(), "--model", "near/llama3.2")
                        .out())
                .isEqualTo("""
                        agent near, model llama3.2:latest
                        tier 1
                          dev2, for llama3.2:latest
                        agents.near.zone is lan, which keeps this from far
                        no cloud: it stays local
                        """);
    }

    @Test
    void saysWhichCloudsAreAsked_forWhom() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.start(1, """
                        { "listen": { "port": 0 }, "admin": { "port": 0 }, "backends": { "b1": { "url": "%s" },
                            "c": { "url": "http://127.0.0.1:3/v1", "dialect": "openai" } },
                          "routes": [{ "models": ["*"], "tiers": [["b1"]] }],
                          "agents": { "rssi": { "cloud": [{ "backend": "c", "model": "large" }, { "backend": "c", "model": "x" }] },
                            "default": { "cloud": [{ "backend": "c", "model": "large" }] } } }
                        """.formatted(host.url()))) {
            String admin = "http://127.0.0.1:" + server.server().adminPort();
            assertThat(explain(admin, "llama3.2", "rssi"))
                    .contains("b1")
                    .endsWith("when none of these can: c, for large\nwhen none of these can: c, for x\n");
            assertThat(explain(admin, "x", "rssi"))
                    .isEqualTo("agent rssi, model x:latest\nasked for by its name: c, for x\n");
            assertThat(explain(admin, "lama", "rssi")).endsWith("no cloud: it stays local\n");
            for (String stranger : new String[] {"default", "new"}) {
                assertThat(explain(admin, "llama3.2", stranger)).endsWith("no cloud: it stays local\n");
                assertThat(explain(admin, "x", stranger)).contains("model missing");
            }
            assertThat(RawClient.get(server.server().adminPort(), "/status").text())
                    .contains("{\"name\":\"default\",\"needsKey\":false,\"manage\":false,\"refused\":0,\"cloud\":[]}");
        }
    }

    private static String explain(String admin, String model, String agent) {
        Said said = Said.by("explain", "--model", model, "--agent", agent, "--admin", admin);
        assertThat(said.code()).as(said.err()).isZero();
        return said.out();
    }
}

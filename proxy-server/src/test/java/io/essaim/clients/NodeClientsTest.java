package io.essaim.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The JavaScript libraries of Ollama, OpenAI and Anthropic as they are installed in {@code src/test/clients}. */
@Tag("external")
class NodeClientsTest {
    private static final Path FOLDER = Path.of(System.getProperty("basedir", "."), "src", "test", "clients");

    /** Written out here too, so that a check that never ran is missed. */
    private static final Map<String, List<String>> CHECKS = Map.of(
            "ollama",
            List.of(
                    "list",
                    "ps",
                    "show",
                    "version",
                    "chat stream",
                    "chat whole",
                    "chat tool",
                    "generate stream",
                    "embed",
                    "pull",
                    "abort",
                    "unknown model"),
            "openai",
            List.of(
                    "models",
                    "chat stream",
                    "chat tool",
                    "chat whole",
                    "completions",
                    "embeddings",
                    "responses",
                    "responses stream",
                    "abort",
                    "unknown model"),
            "anthropic",
            List.of("messages", "messages stream", "messages tool", "abort", "unknown model"));

    private static final List<String> CONVERSATION =
            List.of("whole", "stream", "tool loop", "picture", "thinking", "no thinking", "schema");

    @TempDir
    Path home;

    @BeforeEach
    void theClientsAreInstalled() {
        boolean there = Needed.hasCommand("node")
                && Set.of("ollama", "openai", "@anthropic-ai/sdk").stream()
                        .allMatch(name -> Files.isRegularFile(
                                FOLDER.resolve("node_modules").resolve(name).resolve("package.json")));
        Needed.orSkip(
                there,
                "the test with the JavaScript clients",
                "install Node.js 22 and run 'npm ci' in proxy-server/src/test/clients");
    }

    @ParameterizedTest
    @CsvSource({
        "ollama,1,''",
        "ollama,4,/agents/dev",
        "openai,1,/agents/dev",
        "openai,4,''",
        "anthropic,1,/agents/dev",
        "anthropic,4,''"
    })
    void theClientFindsAnOllama(String client, int loops, String prefix) throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            Checks.assertAllWell(client, CHECKS.get(client), run(client + ".mjs", fleet.url(prefix)));
            fleet.awaitCancelled(1);
        }
    }

    /** Every library against every backend: who translates nothing, and who translates both ways. */
    @ParameterizedTest
    @CsvSource({
        "ollama,openai,1",
        "ollama,anthropic,4",
        "openai,host,1",
        "openai,anthropic,4",
        "openai,openai,1",
        "anthropic,host,4",
        "anthropic,openai,1",
        "ollama,host,4",
        "ollama,gemini,1",
        "openai,gemini,4",
        "anthropic,gemini,1"
    })
    void aConversationGoesThrough(String client, String backend, int loops) throws Exception {
        try (CloudyFleet fleet = CloudyFleet.start(loops)) {
            Map<String, JsonNode> said =
                    run("through.mjs", fleet.url(backend), client, CloudyFleet.model(backend), backend);
            List<String> checks = new ArrayList<>(CONVERSATION);
            if (client.equals("anthropic")) {
                checks.remove("schema");
            }
            Checks.assertAllWell(client + " and " + backend, checks, said);
        }
    }

    private Map<String, JsonNode> run(String script, String... arguments) throws IOException, InterruptedException {
        return Checks.run(home, Map.of(), "node", FOLDER.resolve(script), arguments);
    }
}

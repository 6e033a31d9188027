package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the manual of clients shows runs as it stands, against a simulated fleet instead of the address in the manual. */
@Tag("external")
class ClientsDocTest {
    private static final String ADDRESS = "http://127.0.0.1:11434";
    private static final Path CLIENTS = Path.of("src", "test", "clients");

    @TempDir
    Path home;

    private static List<String> examples(String language) throws IOException {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "how-to", "clients.md")))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private String run(String input, String... command) throws IOException, InterruptedException {
        Path out = home.resolve("out.txt");
        Path in = Files.writeString(home.resolve("in.txt"), input);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(CLIENTS.toFile())
                .redirectInput(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().keySet().retainAll(Set.of("PATH"));
        builder.environment().put("HOME", home.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("%s ended", input)
                    .isTrue();
            String said = Needed.read(out);
            assertThat(process.exitValue()).as("%s: %s", input, said).isZero();
            return said;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void everyScript_getsAnAnswer() throws Exception {
        Needed.orSkip(
                Needed.hasCommand("node") && Files.isDirectory(CLIENTS.resolve("node_modules")),
                "the scripts of the manual",
                "install Node.js 22 and run 'npm ci' in proxy-server/src/test/clients");
        List<String> scripts = examples("js");
        assertThat(scripts).hasSize(3);
        try (SmallFleet fleet = SmallFleet.start(1)) {
            for (String script : scripts) {
                String said = run(script.replace(ADDRESS, fleet.url("")), "node", "--input-type=module", "-");
                assertThat(said.strip()).as(script).isNotEmpty();
            }
        }
    }

    @Test
    void everyCurl_getsAnAnswer() throws Exception {
        Needed.orSkip(Needed.hasCommand("curl"), "the curl commands of the manual", "install curl");
        List<String> shells =
                examples("sh").stream().filter(text -> text.startsWith("curl ")).toList();
        assertThat(shells).isNotEmpty();
        try (SmallFleet fleet = SmallFleet.start(1)) {
            for (String shell : shells) {
                String said = run(shell.replace(ADDRESS, fleet.url("")), "sh", "-e");
                assertThat(said).contains("\"models\":[", "\"done\":true", "X-Essaim-Backend: quick");
            }
        }
    }

    @Test
    void openClawsProvider_namesAnAddressThatAnswers_andAModelOfItsOwn() throws Exception {
        JsonNode settings = new JsonMapper().readTree(examples("json").get(0));
        JsonNode provider = settings.path("models").path("providers").path("ollama-rssi");
        assertThat(settings.path("agents")
                        .path("entries")
                        .path("rssi")
                        .path("model")
                        .asString())
                .isEqualTo("ollama-rssi/"
                        + provider.path("models").path(0).path("id").asString());
        String path = URI.create(provider.path("baseUrl").asString()).getPath();
        assertThat(path).isEqualTo("/agents/rssi");
        try (SmallFleet fleet = SmallFleet.start(1)) {
            RawClient.Reply reply = RawClient.get(URI.create(fleet.url("")).getPort(), path + "/api/tags");
            assertThat(reply.text())
                    .contains("\"name\":\""
                            + provider.path("models").path(0).path("id").asString() + "\"");
        }
    }
}

package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A script that leads a client through its checks and says in a line of JSON how each ended. */
final class Checks {
    private static final long LIMIT_SECONDS = 120;
    private static final JsonMapper JSON = new JsonMapper();

    private Checks() {}

    static void assertAllWell(String who, List<String> checks, Map<String, JsonNode> said) {
        SoftAssertions softly = new SoftAssertions();
        for (String check : checks) {
            JsonNode line = said.remove(check);
            softly.assertThat(line).as("%s: %s", who, check).isNotNull();
            if (line != null) {
                softly.assertThat(line.path("ok").asBoolean())
                        .as("%s: %s: %s", who, check, line.path("detail").asString())
                        .isTrue();
            }
        }
        softly.assertThat(said).as("checks that are not listed here").isEmpty();
        softly.assertAll();
    }

    /**
     * Runs a script and returns its lines by the name of the check.
     *
     * @param home a directory of the test's own
     * @param settings what the script finds in its environment, besides the path and that home
     */
    static Map<String, JsonNode> run(
            Path home, Map<String, String> settings, String interpreter, Path script, String... arguments)
            throws IOException, InterruptedException {
        Path out = home.resolve("out.txt");
        Path err = home.resolve("err.txt");
        List<String> command =
                new ArrayList<>(List.of(interpreter, script.getFileName().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(script.toAbsolutePath().getParent().toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        // Keys, addresses and settings of whoever runs the tests are none of the client's business.
        builder.environment().keySet().retainAll(Set.of("PATH"));
        builder.environment().put("HOME", home.toString());
        builder.environment().putAll(settings);
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            String output = Needed.read(out) + Needed.read(err);
            assertThat(ended).as("%s did not end: %s", script, output).isTrue();
            assertThat(process.exitValue()).as("%s: %s", script, output).isZero();
        } finally {
            process.destroyForcibly();
        }
        Map<String, JsonNode> lines = new HashMap<>();
        for (String text : Files.readAllLines(out)) {
            JsonNode line = JSON.readTree(text);
            lines.put(line.path("check").asString(), line);
        }
        return lines;
    }
}

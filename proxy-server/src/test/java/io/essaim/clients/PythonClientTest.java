package io.essaim.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ollama-python as it is installed in {@code src/test/clients/python_modules}, against a host and a cloud of each dialect. */
class PythonClientTest {
    private static final Path FOLDER = Path.of(System.getProperty("basedir", "."), "src", "test", "clients");
    private static final Map<String, String> SETTINGS = Map.of(
            "PYTHONPATH", FOLDER.resolve("python_modules").toAbsolutePath().toString(), "PYTHONDONTWRITEBYTECODE", "1");

    /** Written out here too, so that a check that never ran is missed. */
    private static final List<String> CHECKS =
            List.of("whole", "stream", "tool loop", "picture", "thinking", "no thinking", "schema", "at once");

    @TempDir
    Path home;

    @BeforeEach
    void theClientIsInstalled() throws Exception {
        Needed.orSkip(
                Needed.hasCommand("python3") && Files.isDirectory(FOLDER.resolve("python_modules")) && imports(),
                "the test with ollama-python",
                "install Python 3.10 or newer with pip and run '.ci/python-client'");
    }

    /** Parts of it are compiled for one version of Python: what another has installed is of no use. */
    private static boolean imports() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("python3", "-c", "import ollama")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(SETTINGS);
        Process process = builder.start();
        try {
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({"host,1", "host,4", "openai,4", "anthropic,1", "gemini,4"})
    void aConversationGoesThrough(String backend, int loops) throws Exception {
        try (CloudyFleet fleet = CloudyFleet.start(loops)) {
            Checks.assertAllWell(
                    "ollama-python and " + backend,
                    CHECKS,
                    Checks.run(
                            home,
                            SETTINGS,
                            "python3",
                            FOLDER.resolve("through.py"),
                            fleet.url(backend),
                            CloudyFleet.model(backend),
                            backend));
        }
    }
}

package io.essaim.clients;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ollama-python as it is installed in {@code src/test/clients/python_modules/ollama}, against a host and a cloud of each dialect. */
@Tag("external")
class PythonClientTest {
    /** Written out here too, so that a check that never ran is missed. */
    private static final List<String> CHECKS =
            List.of("whole", "stream", "tool loop", "picture", "thinking", "no thinking", "schema", "at once");

    @TempDir
    Path home;

    @BeforeEach
    void theClientIsInstalled() throws Exception {
        PythonModules.orSkip("ollama", "the test with ollama-python");
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
                            PythonModules.settings("ollama"),
                            "python3",
                            PythonModules.FOLDER.resolve("through.py"),
                            fleet.url(backend),
                            CloudyFleet.model(backend),
                            backend));
        }
    }
}

package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** curl with a body above 1 MB, for which it asks first and waits (RFC 9110, section 10.1.1). */
@Tag("external")
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CurlTest {
    private static final int WORDS = 250_000;

    @Parameter
    int loops;

    @TempDir
    Path directory;

    @BeforeEach
    void curlIsInstalled() {
        Needed.orSkip(Needed.hasCommand("curl"), "the test with curl", "install curl");
    }

    /** What a run of curl left: the body, and what it said about the exchange. */
    private record Seen(String body, String trace, String summary) {}

    private Seen chat(String url) throws IOException, InterruptedException {
        Path request = directory.resolve("request.json");
        Files.writeString(
                request,
                "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"" + "word ".repeat(WORDS)
                        + "\"}]}");
        assertThat(Files.size(request)).isGreaterThan(1024 * 1024);
        Path body = directory.resolve("body.txt");
        Path trace = directory.resolve("trace.txt");
        Path summary = directory.resolve("summary.txt");
        List<String> line = new ArrayList<>(List.of("curl", "-q", "-sv", "--noproxy", "*", "--max-time", "60"));
        // By default it stops waiting after a second, which a busy machine may need.
        line.addAll(List.of("--expect100-timeout", "60"));
        line.addAll(List.of("-H", "Content-Type: application/json", "-H", "Expect: 100-continue"));
        line.addAll(List.of("--data-binary", "@" + request, "-o", body.toString()));
        line.addAll(List.of("-w", "%{http_code} %{size_upload}", url + "/api/chat"));
        Process curl = new ProcessBuilder(line)
                .redirectError(trace.toFile())
                .redirectOutput(summary.toFile())
                .start();
        try {
            assertThat(curl.waitFor(90, TimeUnit.SECONDS)).as("curl ends").isTrue();
        } finally {
            curl.destroyForcibly();
        }
        return new Seen(Needed.read(body), Needed.read(trace), Needed.read(summary));
    }

    @Test
    void aLargeBody_isAskedFor_andAnswered() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            Seen seen = chat(fleet.url(""));
            assertThat(seen.trace()).contains("< HTTP/1.1 100 Continue");
            assertThat(seen.summary()).startsWith("200 ");
            assertThat(seen.body()).endsWith("\n").contains("\"done\":true");
        }
    }

    @Test
    void aBodyThatIsTooLarge_isNotSentAtAll() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops, ",\"limits\":{\"maxBody\":\"1MiB\"}")) {
            Seen seen = chat(fleet.url(""));
            assertThat(seen.trace()).doesNotContain("100 Continue");
            assertThat(seen.summary()).isEqualTo("413 0");
            assertThat(seen.body()).startsWith("{\"error\":");
            assertThat(fleet.quick().requests("POST /api/chat")).isZero();
        }
    }
}

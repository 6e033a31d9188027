package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.simulator.Capability;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.ModelSpec;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import io.essaim.testing.Transcript;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who may manage gets from a fleet of one host what that host, a real Ollama 0.15.2, was recorded to answer: the same status, type and
 * last word. The host is simulated and held to the same recordings by tests of its own.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ManageContractTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String BLOB =
            "/api/blobs/sha256:e997afd18e5f6be004fc193aed2c90291e68ab2c7599a62538c935b7fca6ab0f";

    /** Where a fleet speaks differently, and what it says. */
    private static final Map<String, String> OTHERWISE = Map.of(
            // No host has it, and the path of a file on one of them would not help.
            "push-miss-whole",
            "404 application/json; charset=utf-8 error: model '127.0.0.1:1/me/nope' not found",
            "push-unreachable",
            "404 application/json; charset=utf-8 error: model '127.0.0.1:1/me/mine' not found",
            // The simulated host has no such file; a real one has made it before.
            "create-files",
            "200 application/x-ndjson error: open /models/blobs/sha256-5c9b4a89c2571339ef4fc4450daf9ab4a24ef727d7ed9387869666db58b986dc"
                    + ": no such file or directory",
            // The type is the one of later mistakes.
            "create-files-path",
            "400 application/json error: file path must be relative",
            // Here it is the first time.
            "blob-post-again-large",
            "201 null ",
            // Newer than 0.15.2, and asked for by its desktop app.
            "status",
            "200 application/json; charset=utf-8 status: ");

    /** What is sent before, as the state demands that a transcript was recorded in. */
    private static final Map<String, List<String>> BEFORE = Map.of(
            "blob-head", List.of("POST " + BLOB + " hello blob"),
            "blob-post-again", List.of("POST " + BLOB + " hello blob"),
            "create-files-not-gguf", List.of("POST " + BLOB + " hello blob"),
            "delete-ok", List.of("POST /api/copy {\"source\":\"tinyllama\",\"destination\":\"copied\"}"),
            "push-dead-registry",
                    List.of("POST /api/copy {\"source\":\"tinyllama\",\"destination\":\"127.0.0.1:1/me/mine\"}"));

    @Parameter
    int loops;

    private SimulatedHost host;
    private TestServer server;

    static Stream<Transcript> transcripts() {
        return Transcript.managing().stream();
    }

    @BeforeEach
    void start() {
        host = SimulatedHost.start(
                HostProfile.dev2()
                        .withModels(
                                ModelSpec.text("llama3.2", 98_363_728, "134.52M", Capability.TOOLS),
                                ModelSpec.text("tinyllama", 42_138, "10K"))
                        .withTimeScale(500),
                "127.0.0.1",
                0);
        server = TestServer.start(
                loops,
                "{\"listen\":{\"port\":0},\"manage\":true,\"backends\":{\"b1\":{\"url\":\"" + host.url()
                        + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    @AfterEach
    void stop() {
        server.close();
        host.close();
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void oneHostsAnswer_isTheFleets(Transcript transcript) throws Exception {
        String name = transcript.name().substring(transcript.name().indexOf('/') + 1);
        for (String call : BEFORE.getOrDefault(name, List.of())) {
            String[] parts = call.split(" ", 3);
            assertThat(RawClient.post(server.port(), parts[1], parts[2]).status())
                    .as(call)
                    .isLessThan(300);
        }
        try (RawClient client = new RawClient(server.port())) {
            RawClient.Reply reply = client.send(transcript.requestBytes())
                    .read(transcript.method().equals("HEAD"));
            String said = reply.status() + " " + reply.field("Content-Type") + " " + lastWord(reply.text());
            assertThat(said)
                    .isEqualTo(OTHERWISE.getOrDefault(
                            name,
                            transcript.status() + " " + transcript.field("Content-Type") + " "
                                    + lastWord(transcript.payload())));
        }
    }

    /** The last line; of an object only what it says, since the rest is sizes and times. */
    private static String lastWord(String text) {
        String[] lines = text.strip().split("\n", -1);
        String last = lines[lines.length - 1];
        if (!last.startsWith("{")) {
            return last;
        }
        JsonNode line = JSON.readTree(last);
        return line.has("error")
                ? "error: " + line.path("error").asString().replaceFirst("blobs/sha256:[0-9a-f]{64}", "blobs/DIGEST")
                : "status: " + line.path("status").asString();
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.testing.Transcript;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Web pages, redirects, wrong paths and wrong methods get the answers that a real Ollama gave them. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RouterTest {
    private static final Set<String> OURS = Set.of("date", "connection");

    @Parameter
    int loops;

    static Stream<Transcript> recorded() {
        return Transcript.local().stream();
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void theAnswerIsOllamas(Transcript transcript) throws Exception {
        String origins = transcript.name().contains("/star") ? "*" : "https://chat.example.org";
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = server(origins, backend);
                RawClient client = new RawClient(server.port())) {
            client.send(transcript.requestBytes());
            RawClient.Reply reply = client.read(transcript.method().equals("HEAD"));
            JsonNode response = transcript.tree().path("response");
            assertThat(reply.status()).isEqualTo(transcript.status());
            if (reply.status() == 403) {
                // Ollama says nothing; we say what to change. What a browser needs is the same.
                assertThat(fields(reply))
                        .filteredOn(f -> f.startsWith("access"))
                        .isEqualTo(recorded(response, "access"));
                assertThat(reply.text()).contains("in the rules");
                return;
            }
            assertThat(fields(reply)).isEqualTo(recorded(response, ""));
            assertThat(reply.text()).isEqualTo(body(response));
            assertThat(backend.requests()).isEmpty();
        }
    }

    private TestServer server(String origins, ScriptedBackend backend) {
        return TestServer.start(
                loops,
                "{\"listen\":{\"port\":0,\"origins\":[\"" + origins + "\"]},\"backends\":{\"b1\":{\"url\":\""
                        + backend.url() + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    private static List<String> fields(RawClient.Reply reply) {
        return reply.fields().stream()
                .filter(f -> !f.toLowerCase(Locale.ROOT).startsWith("x-essaim"))
                .filter(f -> !OURS.contains(f.substring(0, f.indexOf(':')).toLowerCase(Locale.ROOT)))
                .map(f -> f.substring(0, f.indexOf(':')).toLowerCase(Locale.ROOT) + f.substring(f.indexOf(':')))
                .sorted()
                .toList();
    }

    private static List<String> recorded(JsonNode response, String prefix) {
        Set<String> fields = new TreeSet<>();
        for (JsonNode field : response.path("head")) {
            String name = field.path(0).asString().toLowerCase(Locale.ROOT);
            if (!OURS.contains(name) && name.startsWith(prefix)) {
                fields.add(name + ": " + field.path(1).asString());
            }
        }
        return List.copyOf(fields).stream().sorted().toList();
    }

    private static String body(JsonNode response) {
        StringBuilder body = new StringBuilder();
        response.path("chunks").forEach(chunk -> body.append(chunk.path("text").asString()));
        return body.toString();
    }

    @Test
    void anAnswerFromABackend_carriesTheFieldsForThePage() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = server("https://chat.example.org", backend);
                RawClient client = new RawClient(server.port())) {
            client.send("POST /agents/dev/api/chat HTTP/1.1\r\nHost: localhost\r\nOrigin: https://chat.example.org\r\n"
                    + "Content-Length: " + FailoverTest.CHAT.length() + "\r\n\r\n" + FailoverTest.CHAT);
            RawClient.Reply reply = client.read();
            assertThat(reply.field("Access-Control-Allow-Origin")).isEqualTo("https://chat.example.org");
            assertThat(reply.field("Vary")).isEqualTo("Origin");
            assertThat(backend.requests().get(0).head()).doesNotContainIgnoringCase("origin");
        }
    }

    @Test
    void aRedirect_keepsTheAgentAndTheQuery() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = server("https://chat.example.org", backend)) {
            RawClient.Reply reply = RawClient.get(server.port(), "/agents/dev//api/tags/?x=1");
            assertThat(reply.status()).isEqualTo(307);
            assertThat(reply.field("Location")).isEqualTo("/agents/dev/api/tags?x=1");
        }
    }

    @Test
    void status_isAnsweredHere() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = server("https://chat.example.org", backend)) {
            assertThat(RawClient.get(server.port(), "/api/status").text())
                    .isEqualTo("{\"cloud\":{\"disabled\":false,\"source\":\"none\"}}");
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is asked about the models is answered for the whole fleet, as one Ollama would, whoever of it is alive. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class FleetAnswersTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Parameter
    int loops;

    private static List<String> column(String text, String rows, String key) {
        List<String> values = new ArrayList<>();
        for (JsonNode row : JSON.readTree(text).path(rows)) {
            values.add(row.path(key).asString());
        }
        return values;
    }

    private static void assertFleet(int port) throws Exception {
        RawClient.Reply tags = RawClient.get(port, "/api/tags");
        assertThat(tags.status()).isEqualTo(200);
        assertThat(tags.field("Content-Type")).isEqualTo("application/json; charset=utf-8");
        assertThat(column(tags.text(), "models", "name"))
                .containsExactly("all-minilm:latest", "llama3.2:latest", "qwen3:0.6b");
        JsonNode row = JSON.readTree(tags.text()).path("models").path(0);
        assertThat(row.path("details").path("family").asString()).isEqualTo("llama");
        assertThat(row.propertyNames())
                .as("keys in the order of the host")
                .containsExactly("name", "model", "modified_at", "size", "digest", "details");

        RawClient.Reply version = RawClient.get(port, "/api/version");
        assertThat(version.text()).isEqualTo("{\"version\":\"0.15.2\"}");

        RawClient.Reply ps = RawClient.get(port, "/api/ps");
        assertThat(ps.text()).isEqualTo("{\"models\":[]}");

        RawClient.Reply models = RawClient.get(port, "/v1/models");
        assertThat(models.field("Content-Type")).isEqualTo("application/json");
        assertThat(JSON.readTree(models.text()).path("object").asString()).isEqualTo("list");
        assertThat(column(models.text(), "data", "id"))
                .containsExactly("all-minilm:latest", "llama3.2:latest", "qwen3:0.6b");
        assertThat(column(models.text(), "data", "owned_by")).containsOnly("library");
    }

    @Test
    void theModelsOfAllBackends_areListedOnce_inOrder_alsoWhenOneDies() throws Exception {
        try (ScriptedBackend first =
                        ScriptedBackend.with("qwen3:0.6b", "llama3.2:latest").cold(true);
                ScriptedBackend second = ScriptedBackend.with("llama3.2:latest", "all-minilm:latest")
                        .cold(true);
                TestServer server = TestServer.oneTier(loops, "", first, second)) {
            assertFleet(server.port());
            second.kill();
            await("the death is noticed").until(() -> server.backend("b2").health() == Backend.Health.DOWN);
            assertFleet(server.port());
            first.kill();
            await("the death is noticed").until(() -> server.backend("b1").health() == Backend.Health.DOWN);
            RawClient.Reply tags = RawClient.get(server.port(), "/api/tags");
            assertThat(column(tags.text(), "models", "name")).hasSize(3);
            assertThat(RawClient.get(server.port(), "/api/version").status()).isEqualTo(200);
            assertThat(first.requests()).isEmpty();
            assertThat(second.requests()).isEmpty();
        }
    }

    @Test
    void oneModel_isAnsweredUnderTheNameThatWasAsked() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.Reply found = RawClient.get(server.port(), "/v1/models/llama3.2");
            assertThat(found.status()).isEqualTo(200);
            assertThat(JSON.readTree(found.text()).path("id").asString()).isEqualTo("llama3.2");
            RawClient.Reply missing = RawClient.get(server.port(), "/v1/models/nope");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(JSON.readTree(missing.text())
                            .path("error")
                            .path("message")
                            .asString())
                    .isEqualTo("model 'nope' not found");
        }
    }

    @Test
    void rootAndHead_areAnsweredHere_alsoUnderAnAgentsPrefix() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            for (String prefix : List.of("", "/agents/rssi")) {
                for (String path : List.of("/", "/api/version", "/api/tags")) {
                    String rest = prefix + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
                    RawClient.Reply get = client.send("GET " + rest).read();
                    assertThat(get.status()).as(rest).isEqualTo(200);
                    // The same connection: a body after HEAD would be taken for the next answer.
                    RawClient.Reply head = client.send("HEAD " + rest).read(true);
                    assertThat(head.status()).as(rest).isEqualTo(200);
                    assertThat(head.field("Content-Type")).as(rest).isEqualTo(get.field("Content-Type"));
                    assertThat(head.field("Content-Length")).as(rest).isEqualTo(get.field("Content-Length"));
                }
            }
            assertThat(RawClient.get(server.port(), "/").text()).isEqualTo("Ollama is running");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void show_goesToABackendThatHasTheModel_andAnUnknownModelIs404() throws Exception {
        String answer = "{\"modelfile\":\"x\"}";
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend second =
                        ScriptedBackend.with("qwen3:0.6b").plays(FailoverTest.answering("200 OK", "", answer));
                TestServer server = TestServer.oneTier(loops, "", first, second)) {
            for (String body : List.of("{\"model\":\"qwen3:0.6b\"}", "{\"name\":\"qwen3:0.6b\",\"verbose\":true}")) {
                RawClient.Reply reply = RawClient.post(server.port(), "/api/show", body);
                assertThat(reply.status()).as(body).isEqualTo(200);
                assertThat(reply.text()).as(body).isEqualTo(answer);
                assertThat(reply.field("X-Essaim-Backend")).as(body).isEqualTo("b2");
            }
            RawClient.Reply missing = RawClient.post(server.port(), "/api/show", "{\"model\":\"nope\"}");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.text()).isEqualTo("{\"error\":\"model 'nope' not found\"}");
            assertThat(first.requests()).isEmpty();
            assertThat(second.requests()).hasSize(2);
        }
    }

    @Test
    void pathsAndMethodsThatOllamaDoesNotKnow_areRefusedAsItDoes() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.Reply unknown = RawClient.get(server.port(), "/api/nope");
            assertThat(unknown.status()).isEqualTo(404);
            assertThat(unknown.text()).isEqualTo("404 page not found");
            RawClient.Reply method = RawClient.get(server.port(), "/api/chat");
            assertThat(method.status()).isEqualTo(405);
            assertThat(method.field("Allow")).isEqualTo("POST");
            assertThat(backend.requests()).isEmpty();
        }
    }
}

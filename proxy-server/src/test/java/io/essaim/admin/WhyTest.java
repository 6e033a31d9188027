package io.essaim.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the admin pages tell of single requests. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class WhyTest {
    private static final String ADMIN = ",\"admin\":{\"port\":0}";
    private static final String SECRET = "the canary sings";
    private static final String CHAT =
            "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"" + SECRET + "\"}]}";
    private static final String GOOD = "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\""
            + SECRET + "\"},\"done\":true,\"done_reason\":\"stop\"}\n";

    @Parameter
    int loops;

    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
    }

    private static JsonNode page(TestServer server, String path) throws Exception {
        RawClient.Reply reply = RawClient.get(server.server().adminPort(), path);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.text()).doesNotContain(SECRET);
        return new JsonMapper().readTree(reply.bytes());
    }

    private static List<String> steps(JsonNode story) {
        return StreamSupport.stream(story.path("steps").spliterator(), false)
                .map(step -> step.path("step").asString(""))
                .toList();
    }

    private static ScriptedBackend.Script answering() {
        return line -> line.send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
                + GOOD.length() + "\r\n\r\n" + GOOD);
    }

    @Test
    void aFailOver_isToldStepByStep() throws Exception {
        try (ScriptedBackend bad = ScriptedBackend.with("llama3.2:latest")
                        .plays(
                                line -> line.send(
                                        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 21\r\n\r\n{\"error\":\"no memory\"}"));
                ScriptedBackend good = ScriptedBackend.with("llama3.2:latest").plays(answering());
                TestServer server = TestServer.tiers(loops, ADMIN, bad, good)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/agents/main/api/chat", CHAT);
            assertThat(reply.status()).isEqualTo(200);
            String id = reply.field("X-Essaim-Route-Id");
            JsonNode story = page(server, "/why/" + id);
            assertThat(steps(story)).containsExactly("chosen", "sent", "failed", "chosen", "sent", "begun");
            JsonNode first = story.path("steps").path(0);
            assertThat(first.path("backend").asString()).isEqualTo("b1");
            assertThat(first.path("tier").asInt()).isEqualTo(1);
            assertThat(first.path("candidates")).hasSize(1);
            assertThat(first.path("candidates").path(0).path("standing").asString())
                    .isEqualTo("trial");
            assertThat(first.path("candidates").path(0).path("ttftSeconds").asDouble())
                    .isPositive();
            assertThat(story.path("steps").path(2).path("kind").asString()).isEqualTo("SERVER_ERROR");
            assertThat(story.path("steps").path(3).path("backend").asString()).isEqualTo("b2");
            assertThat(story.path("id").asString()).isEqualTo(id);
            assertThat(story.path("agent").asString()).isEqualTo("main");
            assertThat(story.path("model").asString()).isEqualTo("llama3.2");
            assertThat(story.path("path").asString()).isEqualTo("/api/chat");
            assertThat(story.path("backend").asString()).isEqualTo("b2");
            assertThat(story.path("outcome").asString()).isEqualTo("ok");
            double before = 0;
            for (JsonNode step : story.path("steps")) {
                assertThat(step.path("at").asDouble()).isGreaterThanOrEqualTo(before);
                before = step.path("at").asDouble();
            }
            assertThat(story.path("seconds").asDouble()).isGreaterThanOrEqualTo(before);
        }
    }

    @Test
    void aRefusal_saysWhoWasLookedAt() throws Exception {
        try (ScriptedBackend full = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 100\r\n"
                                + "Content-Length: 2\r\n\r\n{}"));
                TestServer server = TestServer.tiers(loops, ADMIN, full)) {
            RawClient.post(server.port(), "/api/chat", CHAT);
            RawClient.Reply refused = RawClient.post(server.port(), "/api/chat", CHAT);
            assertThat(refused.status()).isEqualTo(503);
            JsonNode story = page(server, "/why/" + refused.field("X-Essaim-Route-Id"));
            assertThat(steps(story)).containsExactly("passed over", "refused");
            assertThat(story.path("outcome").asString()).isEqualTo("refused saturated");
            assertThat(story.path("backend").isNull()).isTrue();
        }
    }

    @Test
    void whatIsUnderWay_isListedFirst_andSaysSo() throws Exception {
        try (ScriptedBackend slow = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    answering().play(line);
                });
                TestServer server = TestServer.tiers(loops, ADMIN, slow);
                RawClient client = new RawClient(server.port())) {
            client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + CHAT.length() + "\r\n\r\n"
                    + CHAT);
            await().untilAsserted(() -> {
                JsonNode latest = page(server, "/why").path("requests").path(0);
                assertThat(latest.path("outcome").asString()).isEqualTo("under way");
                assertThat(steps(page(server, "/why/" + latest.path("id").asString())))
                        .containsExactly("chosen", "sent");
            });
            gate.countDown();
            assertThat(client.read(false).status()).isEqualTo(200);
            await().untilAsserted(() -> assertThat(page(server, "/why")
                            .path("requests")
                            .path(0)
                            .path("outcome")
                            .asString())
                    .isEqualTo("ok"));
        }
    }

    @Test
    void onlyTheLatestAreKept() throws Exception {
        try (ScriptedBackend other = ScriptedBackend.with("another");
                TestServer server = TestServer.tiers(loops, ADMIN, other)) {
            String first = null;
            try (RawClient client = new RawClient(server.port())) {
                for (int i = 0; i < 1025; i++) {
                    client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + CHAT.length()
                            + "\r\n\r\n" + CHAT);
                    String id = client.read(false).field("X-Essaim-Route-Id");
                    first = first == null ? id : first;
                }
            }
            RawClient.Reply gone = RawClient.get(server.server().adminPort(), "/why/" + first);
            assertThat(gone.status()).isEqualTo(404);
            assertThat(gone.text()).contains("X-Essaim-Route-Id");
            assertThat(page(server, "/why").path("requests")).hasSize(50);
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models under other names: a host is asked under its own, the client hears his own. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class AliasTest {
    private static final String ALIASES =
            ",\"aliases\":{\"fast\":\"llama3.2:1b\",\"gone\":\"nowhere\"},\"manage\":true";
    private static final String SSE = FailoverTest.HEAD.replace("application/x-ndjson", "text/event-stream");

    @Parameter
    int loops;

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:1b", "llama3.2:latest");
    }

    private static ScriptedBackend.Script chunks(String head, String... frames) {
        return line -> {
            line.send(head);
            for (String frame : frames) {
                line.chunk(frame);
            }
            line.send("0\r\n\r\n");
        };
    }

    static Stream<Arguments> streams() {
        String chat =
                "data: {\"id\":\"c\",\"model\":\"llama3.2:1b\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},"
                        + "\"finish_reason\":null}]}\n\n";
        String completed = "event: response.completed\ndata: {\"response\":{\"id\":\"r\",\"model\":\"llama3.2:1b\"},"
                + "\"type\":\"response.completed\"}\n\n";
        String start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":"
                + "\"llama3.2:1b\",\"content\":[]}}\n\n";
        return Stream.of(
                Arguments.of(
                        "/api/chat",
                        FailoverTest.HEAD,
                        List.of(
                                FailoverTest.TOKEN.replace("llama3.2", "llama3.2:1b"),
                                FailoverTest.DONE.replace("llama3.2", "llama3.2:1b"))),
                Arguments.of("/v1/chat/completions", SSE, List.of(chat, "data: [DONE]\n\n")),
                Arguments.of("/v1/responses", SSE, List.of(completed)),
                Arguments.of(
                        "/v1/messages",
                        SSE,
                        List.of(start, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aStream_saysTheAlias_frameForFrame(String path, String head, List<String> frames) throws Exception {
        try (ScriptedBackend backend = host().plays(chunks(head, frames.toArray(String[]::new)));
                TestServer server = TestServer.tiers(loops, ALIASES, backend)) {
            RawClient.Reply reply =
                    RawClient.post(server.port(), path, "{\"stream\":true,\"model\":\"Fast\",\"messages\":[]}");
            assertThat(reply.complete()).isTrue();
            assertThat(reply.text()).isEqualTo(String.join("", frames).replace("llama3.2:1b", "Fast"));
            assertThat(reply.field("X-Essaim-Model")).isEqualTo("llama3.2:1b");
            assertThat(backend.requests().get(0).bodyText())
                    .isEqualTo("{\"stream\":true,\"model\":\"llama3.2:1b\",\"messages\":[]}");
        }
    }

    @Test
    void aWholeAnswer_saysTheAlias_whateverItsFraming() throws Exception {
        String body = "{\"embeddings\":[[0.25]],\"model\":\"llama3.2:1b\"}";
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n";
        List<ScriptedBackend.Script> framings = List.of(
                line -> line.send(head + "Content-Length: " + body.length() + "\r\n\r\n" + body),
                line -> line.send(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n" + body.substring(0, 5) + "\r\n"
                        + Integer.toHexString(body.length() - 5) + "\r\n" + body.substring(5) + "\r\n0\r\n\r\n"),
                line -> {
                    line.send(head + "\r\n" + body);
                    line.close();
                });
        for (ScriptedBackend.Script script : framings) {
            try (ScriptedBackend backend = host().plays(script);
                    TestServer server = TestServer.tiers(loops, ALIASES, backend)) {
                String asked = "{\"model\":\"fast\",\"input\":\"x\"}";
                RawClient.Reply reply = RawClient.post(server.port(), "/api/embed", asked);
                assertThat(reply.complete()).isTrue();
                assertThat(reply.text()).isEqualTo(body.replace("llama3.2:1b", "fast"));
                try (RawClient old = new RawClient(server.port())) {
                    RawClient.Reply bare = old.send("POST /api/embed HTTP/1.0\r\nContent-Length: " + asked.length()
                                    + "\r\n\r\n" + asked)
                            .read();
                    assertThat(bare.field("Transfer-Encoding")).isNull();
                    assertThat(bare.text()).isEqualTo(body.replace("llama3.2:1b", "fast"));
                }
            }
        }
    }

    @Test
    void anotherModelOfTheTier_andAnotherSpelling_areNotToldEither() throws Exception {
        ScriptedBackend.Script upper = chunks(
                FailoverTest.HEAD,
                FailoverTest.TOKEN.replace("llama3.2", "LLaMA3.2:latest"),
                FailoverTest.DONE.replace("llama3.2", "LLaMA3.2:latest"));
        try (ScriptedBackend backend = ScriptedBackend.with("LLaMA3.2:latest").plays(upper);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
            assertThat(reply.text()).isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            assertThat(backend.requests().get(0).bodyText()).contains("\"LLaMA3.2:latest\"");
        }
    }

    @Test
    void aCutStream_stillEndsInOneErrorFrame() throws Exception {
        try (ScriptedBackend backend = host().plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN.replace("llama3.2", "llama3.2:1b"));
                    line.send("30\r\n{\"model\":\"llama");
                    line.close();
                });
                TestServer server = TestServer.tiers(loops, ALIASES, backend)) {
            RawClient.Reply reply =
                    RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT.replace("llama3.2", "fast"));
            assertThat(reply.complete()).isFalse();
            List<String> lines = reply.text().lines().toList();
            assertThat(lines.get(0))
                    .isEqualTo(FailoverTest.TOKEN.replace("llama3.2", "fast").strip());
            assertThat(lines.get(lines.size() - 1)).startsWith("{\"error\":");
        }
    }

    @Test
    void anAlias_isListed_whileItsModelIsThere() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, ALIASES, backend)) {
            JsonNode tags = new JsonMapper()
                    .readTree(RawClient.get(server.port(), "/api/tags").text());
            assertThat(tags.path("models")
                            .valueStream()
                            .map(row -> row.path("name").asString()))
                    .containsExactly("fast:latest", "llama3.2:1b", "llama3.2:latest");
            JsonNode row = tags.path("models").path(0);
            assertThat(row.path("model").asString()).isEqualTo("fast:latest");
            assertThat(row.path("digest").asString()).isEqualTo("42d70b4958b0");
            assertThat(RawClient.get(server.port(), "/v1/models").text()).contains("\"id\":\"fast:latest\"");
            assertThat(RawClient.get(server.port(), "/v1/models/FAST").text()).contains("\"id\":\"FAST\"");
            assertThat(RawClient.get(server.port(), "/v1/models/gone").status()).isEqualTo(404);
            RawClient.Reply missing =
                    RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT.replace("llama3.2", "gone"));
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.text()).isEqualTo("{\"error\":\"model 'gone' not found\"}");
        }
    }

    @Test
    void ordersThatChangeAModel_areNotForAliases() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, ALIASES, backend)) {
            for (String order : List.of(
                    "DELETE /api/delete {\"model\":\"fast\"}",
                    "POST /api/copy {\"source\":\"llama3.2\",\"destination\":\"FAST\"}",
                    "POST /api/create {\"model\":\"fast:latest\",\"from\":\"llama3.2\"}")) {
                String[] parts = order.split(" ", 3);
                try (RawClient client = new RawClient(server.port())) {
                    RawClient.Reply reply = client.send(parts[0] + " " + parts[1]
                                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + parts[2].length()
                                    + "\r\n\r\n" + parts[2])
                            .read();
                    assertThat(reply.status()).as(order).isEqualTo(400);
                    assertThat(reply.text()).as(order).contains("is an alias of the rules for llama3.2:1b");
                }
            }
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aPullOfAnAlias_pullsItsModel() throws Exception {
        try (ScriptedBackend backend = host().plays(chunks(FailoverTest.HEAD, "{\"status\":\"success\"}\n"));
                TestServer server = TestServer.tiers(loops, ALIASES, backend)) {
            assertThat(RawClient.post(server.port(), "/api/pull", "{\"name\":\"fast\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(backend.requests().get(0).bodyText()).contains("\"model\":\"llama3.2:1b\"");
        }
    }
}

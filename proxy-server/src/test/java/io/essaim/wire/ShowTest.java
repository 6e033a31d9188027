package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a host said of a model once is not asked again while the model is the same. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ShowTest {
    private static final String SHOWN =
            "{\"modelfile\":\"# é\",\"model_info\":{\"general.architecture\":\"llama\"},\"capabilities\":[\"completion\"]}";

    @Parameter
    int loops;

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:1b", "qwen3:0.6b").plays(line -> {
            byte[] body = SHOWN.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            line.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
                            + "\r\n" + Integer.toHexString(body.length) + "\r\n");
            line.send(body);
            line.send("\r\n0\r\n\r\n");
        });
    }

    private TestServer server(ScriptedBackend... backends) {
        return TestServer.tiers(loops, ",\"aliases\":{\"fast\":\"llama3.2:1b\"}", backends);
    }

    private static RawClient.Reply show(TestServer server, String body) throws IOException {
        RawClient.Reply reply = RawClient.post(server.port(), "/api/show", body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.complete()).isTrue();
        assertThat(reply.text()).isEqualTo(SHOWN);
        assertThat(reply.field("Content-Type")).isEqualTo("application/json; charset=utf-8");
        assertThat(reply.field("X-Essaim-Route-Id")).isNotEmpty();
        return reply;
    }

    @Test
    void aSecondAsker_underAnyName_costsTheHostNothing() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(backend)) {
            show(server, "{\"model\":\"llama3.2:1b\"}");
            assertThat(backend.requests()).hasSize(1);
            for (String body : new String[] {
                "{\"name\":\"LLAMA3.2:1B\"}",
                "{\"model\":\"\",\"name\":\"fast\",\"system\":\"\",\"template\":\"\",\"verbose\":false,\"options\":null}",
                "{\"model\":\"fast\",\"options\":{}}"
            }) {
                show(server, body);
            }
            assertThat(backend.requests()).hasSize(1);
            show(server, "{\"model\":\"qwen3:0.6b\"}");
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"verbose\":true", "\"system\":\"be short\"", "\"options\":{\"num_ctx\":8}", "\"Verbose\":true"
            })
    void whoAsksForMore_asksTheHost(String more) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(backend)) {
            show(server, "{\"model\":\"llama3.2:1b\"}");
            show(server, "{\"model\":\"llama3.2:1b\"," + more + "}");
            show(server, "{\"model\":\"llama3.2:1b\"," + more + "}");
            assertThat(backend.requests()).hasSize(3);
            assertThat(backend.requests().get(2).bodyText()).contains(more);
        }
    }

    @Test
    void copilot_isToldTheNameItAskedFor() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(backend)) {
            show(server, "{\"model\":\"llama3.2:1b\"}");
            String body = "{\"model\":\"llama3.2:1b\"}";
            for (int i = 0; i < 2; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send("POST /api/show HTTP/1.1\r\nHost: localhost\r\nUser-Agent: GitHubCopilotChat/0.30\r\n"
                                    + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                            .read();
                }
            }
            assertThat(backend.requests()).hasSize(2);
            assertThat(backend.requests().get(1).field("User-Agent")).startsWith("GitHubCopilotChat/");
        }
    }

    @Test
    void anotherDigest_isAnotherModel() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(backend)) {
            show(server, "{\"model\":\"llama3.2:1b\"}");
            backend.digest("0123456789ab");
            server.backend("b1").doubt(Backend.Doubt.INVENTORY);
            await().until(() -> server.backend("b1")
                    .inventory()
                    .find(io.essaim.model.ModelName.parse("llama3.2:1b").orElseThrow())
                    .row()
                    .path("digest")
                    .asString()
                    .startsWith("0123"));
            show(server, "{\"model\":\"llama3.2:1b\"}");
            assertThat(backend.requests()).hasSize(2);
        }
    }

    @Test
    void aModelWhoseHostsAreDown_canStillBeShown() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(backend)) {
            show(server, "{\"model\":\"llama3.2:1b\"}");
            backend.kill();
            await().until(() -> server.backend("b1").health() == Backend.Health.DOWN);
            show(server, "{\"model\":\"fast\"}");
            assertThat(RawClient.post(server.port(), "/api/show", "{\"model\":\"qwen3:0.6b\"}")
                            .status())
                    .isEqualTo(503);
        }
    }

    @Test
    void aRefusal_isNotKept() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(backend)) {
            backend.plays(FailoverTest.answering("400 Bad Request", "", "{\"error\":\"no\"}"));
            assertThat(RawClient.post(server.port(), "/api/show", "{\"model\":\"llama3.2:1b\"}")
                            .status())
                    .isEqualTo(400);
            backend.plays(FailoverTest.answering("200 OK", "", "{}"));
            assertThat(RawClient.post(server.port(), "/api/show", "{\"model\":\"llama3.2:1b\"}")
                            .text())
                    .isEqualTo("{}");
        }
    }
}

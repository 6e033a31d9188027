package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tokens that were used are owed, whoever answered and however. A token a second comes back, so the time that a refusal names says how
 * many are owed: the bucket holds 86400, and one request uses that many and some.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class TokenRateTest {
    private static final String RULES = """
            {"listen":{"port":0},"canaries":false,"timeouts":{"heartbeat":"0s"},
             "backends":{"b1":{"url":"%s","slots":4},"c":{"url":"%s/v1","dialect":"openai"}},
             "routes":[{"models":["llama3.2"],"tiers":[["b1"]]}],
             "agents":{"dev":{"rate":{"tokens":86400,"per":"day"},"cloud":[{"backend":"c","model":"g"}]},
              "little":{"rate":{"tokens":1,"per":"day"},"cloud":[{"backend":"c","model":"g"}]},
              "few":{"rate":{"tokens":1,"per":"day"},"cloud":[{"backend":"c","model":"g"}]}}}
            """;
    private static final String WHOLE =
            "{\"model\":\"llama3.2\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String DONE =
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                    + "\"prompt_eval_count\":86000,\"eval_count\":1000}\n";
    private static final String V1_HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    @Parameter
    int loops;

    private TestServer server(ScriptedBackend host, ScriptedBackend cloud) {
        return TestServer.start(loops, RULES.formatted(host.url(), cloud.url()));
    }

    private static RawClient.Reply ask(TestServer server, String agent, String path, String body) throws IOException {
        return RawClient.post(server.port(), "/agents/" + agent + path, body);
    }

    /** Seconds that the agent has to wait; -1 when it is let in. */
    private static int owed(TestServer server, String agent) throws IOException {
        RawClient.Reply reply = ask(server, agent, "/api/chat", WHOLE);
        return reply.status() == 429 ? Integer.parseInt(reply.field("Retry-After")) : -1;
    }

    private static void stream(ScriptedBackend.Line line) throws IOException {
        line.send(FailoverTest.HEAD);
        line.chunk(FailoverTest.TOKEN);
        line.chunk(DONE);
        line.send("0\r\n\r\n");
    }

    private static void usage(ScriptedBackend.Line line) throws IOException {
        line.send(V1_HEAD);
        line.chunk(CloudScene.FIRST);
        line.chunk(CloudScene.frame("{}", "\"stop\"")
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":86000,\"completion_tokens\":1000,"
                + "\"total_tokens\":87000}}\n\ndata: [DONE]\n\n");
        line.send("0\r\n\r\n");
    }

    /** What the host says it used is owed, of streams and of whole answers, in each API. */
    @ParameterizedTest
    @CsvSource({"/api/chat,true", "/api/chat,false", "/v1/chat/completions,true", "/api/embed,false"})
    void whatAHostCounted_isOwed(String path, boolean streamed) throws Exception {
        Script script = streamed
                ? path.startsWith("/v1") ? TokenRateTest::usage : TokenRateTest::stream
                : line -> line.json(
                        path.endsWith("embed")
                                ? "{\"model\":\"llama3.2\",\"embeddings\":[[1]],\"prompt_eval_count\":87000}"
                                : DONE.strip());
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(script);
                ScriptedBackend cloud = CloudScene.cloud(CloudScene::answers);
                TestServer server = server(host, cloud)) {
            String body = streamed ? WHOLE.replace("false", "true") : WHOLE;
            body = path.endsWith("embed") ? "{\"model\":\"llama3.2\",\"input\":\"hi\"}" : body;
            assertThat(ask(server, "dev", path, body).status()).isEqualTo(200);
            RawClient.Reply refused = ask(server, "dev", path, body);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.field("X-Essaim-Reason")).isEqualTo("rate");
            int seconds = Integer.parseInt(refused.field("Retry-After"));
            assertThat(seconds).as("600 owed, and the one to come").isBetween(590, 601);
            assertThat(refused.text().replace("\\\"", "\""))
                    .contains("agent \"dev\" may use 86400 tokens per day. Please try again in " + seconds + "s.");
            assertThat(host.requests()).hasSize(1);
        }
    }

    @Test
    void whatACloudCounted_isOwed() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend cloud = CloudScene.cloud(TokenRateTest::usage)) {
            host.kill();
            try (TestServer server = server(host, cloud)) {
                assertThat(ask(server, "dev", "/api/chat", FailoverTest.CHAT).field("X-Essaim-Backend"))
                        .isEqualTo("c");
                assertThat(owed(server, "dev")).isBetween(590, 601);
            }
        }
    }

    @Test
    void aStreamThatTheClientLeft_isOwedAsFarAsItCame() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    for (int i = 0; i < 50; i++) {
                        line.chunk(FailoverTest.TOKEN);
                    }
                    line.awaitDeparture();
                });
                ScriptedBackend cloud = CloudScene.cloud(line -> {
                    line.send(V1_HEAD);
                    line.chunk(CloudScene.frame("{\"content\":\"" + "word".repeat(50) + "\"}", "null"));
                    line.awaitDeparture();
                });
                TestServer server = server(host, cloud)) {
            leaves(server, "few", 50 * FailoverTest.TOKEN.length());
            assertThat(owed(server, "few") / 86400)
                    .as("50 tokens and a short prompt, of which one a day comes back")
                    .isBetween(50, 90);
            host.kill();
            await().until(() -> !server.backend("b1").health().name().equals("UP"));
            leaves(server, "little", 200);
            assertThat(cloud.requests()).hasSize(1);
            assertThat(owed(server, "little") / 86400)
                    .as("200 letters and a short prompt")
                    .isBetween(50, 100);
        }
    }

    /** Reads so many bytes of an answer, and leaves. */
    private static void leaves(TestServer server, String agent, int bytes) throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.sendPost("/agents/" + agent + "/api/chat", FailoverTest.CHAT);
            client.readHead();
            for (int came = 0; came < bytes; ) {
                came += client.readChunk().length;
            }
        }
        await().until(() -> server.server().busy() == 0);
    }

    @Test
    void whatNeverBegan_costsNothing() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(ScriptedBackend.Line::reset);
                ScriptedBackend cloud = CloudScene.cloud(ScriptedBackend.Line::reset);
                TestServer server = server(host, cloud)) {
            for (int i = 0; i < 3; i++) {
                assertThat(owed(server, "few")).isEqualTo(-1);
            }
        }
    }
}

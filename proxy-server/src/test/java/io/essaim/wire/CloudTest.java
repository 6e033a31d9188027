package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import io.essaim.upstream.WorkerPool;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Clouds over the wire: what they are told, and what becomes of their answers. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CloudTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private CloudScene scene;

    @BeforeEach
    void prepare() throws IOException {
        scene = new CloudScene(loops, directory);
    }

    @Test
    void aCloudIsNotAsked_whileAHostCanAnswer() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, one, two, "")) {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("dev2");
            assertThat(reply.text()).isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            assertThat(one.connections() + two.connections()).isZero();
        }
    }

    @Test
    void anOllamaClient_isAnsweredInItsOwnDialect_fromAStream() throws Exception {
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.field("Content-Type")).isEqualTo("application/x-ndjson");
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("gemini");
            assertThat(reply.field("X-Essaim-Model")).isEqualTo("gemini-2.5-flash");
            assertThat(reply.complete()).isTrue();
            String[] lines = reply.text().split("\n");
            StringBuilder words = new StringBuilder();
            for (String line : lines) {
                JsonNode json = JSON.readTree(line);
                assertThat(json.path("model").asString()).isEqualTo("llama3.2");
                words.append(json.path("message").path("content").asString(""));
            }
            assertThat(words).hasToString("Bonjour <b>");
            assertThat(reply.text()).contains("jour \\u003cb\\u003e");
            JsonNode last = JSON.readTree(lines[lines.length - 1]);
            assertThat(last.path("done").asBoolean()).isTrue();
            assertThat(last.path("done_reason").asString()).isEqualTo("stop");
            assertThat(last.path("prompt_eval_count").asInt()).isEqualTo(7);
            assertThat(last.path("eval_count").asInt()).isEqualTo(3);

            ScriptedBackend.Recorded asked = one.requests().get(0);
            assertThat(asked.requestLine()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
            assertThat(asked.field("authorization")).endsWith("Bearer " + CloudScene.KEY);
            JsonNode body = JSON.readTree(asked.bodyText());
            assertThat(body.path("model").asString()).isEqualTo("gemini-2.5-flash");
            assertThat(body.path("messages").path(0).path("content").asString()).isEqualTo("hi");
            assertThat(two.connections()).isZero();
            assertThat(CloudScene.budget(server, "tokens", "spent")).isEqualTo("10");
            assertThat(CloudScene.budget(server, "USD", "spent")).isEqualTo("0.1");
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/chat|{'model':'m','messages':[{'role':'user','content':'hi'}],'stream':false}|application/json; charset=utf-8",
                "/api/generate|{'model':'m','prompt':'hi'}|application/x-ndjson",
                "/api/generate|{'model':'m','prompt':'hi','stream':false}|application/json; charset=utf-8",
                "/v1/chat/completions|{'model':'m','messages':[{'role':'user','content':'hi'}]}|application/json",
                "/v1/chat/completions|{'model':'m','messages':[{'role':'user','content':'hi'}],'stream':true}|text/event-stream",
                "/v1/messages|{'model':'m','max_tokens':9,'messages':[{'role':'user','content':'hi'}]}|application/json",
                "/v1/messages|{'model':'m','max_tokens':9,'messages':[{'role':'user','content':'hi'}],'stream':true}|text/event-stream",
                "/v1/responses|{'model':'m','input':'hi'}|application/json",
                "/v1/responses|{'model':'m','input':'hi','stream':true}|text/event-stream"
            })
    void everyDialect_streamedAndWhole(String path, String body, String type) throws Exception {
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, path, body.replace('\'', '"'));
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.field("Content-Type")).isEqualTo(type);
            assertThat(reply.complete()).isTrue();
            assertThat(reply.text()).contains("\"m\"").contains("Bon").contains("jour \\u003cb\\u003e");
            assertThat(CloudScene.budget(server, "tokens", "spent")).isEqualTo("10");
        });
    }

    @Test
    void aLargeRequest_isTranslatedElsewhere_forEachCloud() throws Exception {
        String words = "a\u00e9".repeat(WorkerPool.LARGE);
        String body = CloudScene.CHAT.replace("\"hi\"", "\"" + words + "\"");
        Script refuses = line -> line.send("HTTP/1.1 500 Not now\r\nContent-Length: 0\r\n\r\n");
        scene.withoutHost(refuses, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", body);
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("mistral");
            assertThat(reply.complete()).isTrue();
            for (ScriptedBackend cloud : new ScriptedBackend[] {one, two}) {
                JsonNode asked = JSON.readTree(cloud.requests().get(0).body());
                assertThat(asked.path("messages").path(0).path("content").asString())
                        .isEqualTo(words);
            }
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
        });
    }

    @Test
    void aLargeRequestThatNoCloudTakes_isRefused() throws Exception {
        String message = "{\"role\":\"user\",\"content\":\"a\"}";
        String body = "{\"model\":\"m\",\"messages\":[" + (message + ",").repeat(100_000) + message + "]}";
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/v1/chat/completions", body);
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.text()).contains("a request with more than 100000 messages cannot be sent to a cloud");
            assertThat(one.connections() + two.connections()).isZero();
            RawClient.Reply next = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(next.status()).isEqualTo(200);
        });
    }

    @Test
    void aClientThatLeavesWhileItsRequestIsTranslated_leavesNothingBehind() throws Exception {
        String words = "a\\n".repeat(4 * WorkerPool.LARGE);
        String body = CloudScene.CHAT.replace("\"hi\"", "\"" + words + "\"");
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            for (int i = 0; i < 8; i++) {
                try (java.net.Socket client =
                        new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), server.port())) {
                    String head = "POST /agents/rssi/api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length()
                            + "\r\n\r\n";
                    client.getOutputStream()
                            .write((head + body).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                    client.setSoLinger(true, 0);
                }
            }
            await().until(() -> server.server().busy() == 0);
            assertThat(CloudScene.ask(server, "/api/chat", body).status()).isEqualTo(200);
            await().untilAsserted(() ->
                    assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0"));
        });
    }

    @Test
    void callsOfTools_reachAnOllamaClientWhole() throws Exception {
        Script calls = line -> CloudScene.chunks(
                line,
                CloudScene.frame(
                        "{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"ci\"}}]}",
                        "null"),
                CloudScene.frame(
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"ty\\\":\\\"Lyon\\\"}\"}}]}",
                        "null"),
                CloudScene.frame("{}", "\"tool_calls\""),
                "data: [DONE]\n\n");
        scene.withoutHost(calls, calls, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(
                    server,
                    "/api/chat",
                    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"tools\":[{\"type\":\"function\","
                            + "\"function\":{\"name\":\"weather\",\"description\":\"d\",\"parameters\":{\"type\":\"object\","
                            + "\"properties\":{\"city\":{\"type\":\"string\"}}}}}]}");
            assertThat(reply.text()).contains("\"name\":\"weather\",\"arguments\":{\"city\":\"Lyon\"}");
            assertThat(reply.text()).contains("\"done_reason\":\"stop\"");
            assertThat(one.requests().get(0).bodyText()).contains("\"weather\"");
            // It did not say what it used, so the most counts.
            assertThat(Long.parseLong(CloudScene.budget(server, "tokens", "spent")))
                    .isGreaterThan(8192);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"500", "429", "reset", "nothing", "began and broke off", "redirect", "no SSE"})
    void whatGoesWrongBeforeTheFirstWord_isNotSeen_whenTheNextCloudCanAnswer(String what) throws Exception {
        Script bad = line -> {
            switch (what) {
                case "500" -> line.json("500 Internal Server Error", "{\"error\":{\"message\":\"oops\"}}");
                case "429" -> line.json("429 Too Many Requests", "{\"error\":{\"message\":\"slow down\"}}");
                case "reset" -> line.reset();
                case "nothing" -> line.close();
                case "began and broke off" -> {
                    line.send(CloudScene.HEAD);
                    line.chunk(CloudScene.frame("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
                    line.reset();
                }
                case "redirect" ->
                    line.send("HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n");
                default -> line.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
            }
        };
        scene.withoutHost(bad, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("mistral");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
            assertThat(reply.text()).contains("Bon").contains("\"done\":true");
            assertThat(one.requests()).hasSize(1);
            assertThat(two.requests()).hasSize(1);
        });
    }

    @Test
    void aWholeAnswerThatBreaksOff_isNotSeen() throws Exception {
        Script cut = line -> {
            line.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
                    + CloudScene.DOCUMENT.substring(0, 120));
            line.close();
        };
        scene.withoutHost(cut, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.WHOLE);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("mistral");
            assertThat(reply.text()).contains("Bonjour");
        });
    }

    @Test
    void aStreamThatBreaksOff_endsWithOneError_andCounts() throws Exception {
        Script cut = line -> {
            line.send(CloudScene.HEAD);
            line.chunk(CloudScene.FIRST);
            line.reset();
        };
        scene.withoutHost(cut, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.complete()).isFalse();
            String[] lines = reply.text().split("\n");
            assertThat(lines[0]).contains("Bon");
            assertThat(lines[lines.length - 1]).startsWith("{\"error\":");
            assertThat(two.requests()).isEmpty();
            assertThat(Long.parseLong(CloudScene.budget(server, "tokens", "spent")))
                    .isPositive();
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
        });
    }

    @Test
    void whenNobodyCanAnswer_eachIsNamed() throws Exception {
        Script bad = line -> line.json("500 Internal Server Error", "{\"error\":{\"message\":\"oops\"}}");
        scene.withoutHost(bad, bad, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.text()).contains("dev2 is down");
            assertThat(CloudScene.budget(server, "requests", "spent")).isEqualTo("0");
            String why = RawClient.get(server.server().adminPort(), "/why/" + reply.field("X-Essaim-Route-Id"))
                    .text();
            assertThat(why).contains("\"cloud\"").contains("gemini-2.5-flash").contains("mistral-small");
        });
    }

    @Test
    void theCloudsOwnWordOnARequest_isTheClients() throws Exception {
        Script tooLong = line -> line.json(
                "400 Bad Request",
                "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens\",\"code\":\"context_length_exceeded\"}}");
        scene.withoutHost(tooLong, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).contains("the input length exceeds the context length");
            assertThat(two.connections()).isZero();
            assertThat(CloudScene.budget(server, "requests", "spent")).isEqualTo("0");
        });
    }

    @Test
    void aFieldThatNoCloudHasAWordFor_isRefusedBeforeItIsSent() throws Exception {
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply =
                    CloudScene.ask(server, "/api/generate", "{\"model\":\"m\",\"prompt\":\"a\",\"suffix\":\"b\"}");
            assertThat(reply.status()).isGreaterThanOrEqualTo(400);
            assertThat(reply.text()).doesNotContain("Bonjour");
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @Test
    void aRequestThatOnlyLoads_isAnsweredWithoutACloud() throws Exception {
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", "{\"model\":\"llama3.2\",\"messages\":[]}");
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).contains("\"done_reason\":\"load\"");
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @Test
    void connections_areUsedAgain() throws Exception {
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            try (RawClient client = new RawClient(server.port())) {
                for (int i = 0; i < 3; i++) {
                    client.sendPost("/agents/rssi/api/chat", CloudScene.CHAT);
                    assertThat(client.read().complete()).isTrue();
                    int answered = i + 1;
                    await().until(() -> one.requests().size() == answered);
                }
            }
            assertThat(one.connections()).isEqualTo(1);
        });
    }
}

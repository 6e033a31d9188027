package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Before the commit point another backend answers, and the client notices nothing. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
public class FailoverTest {
    public static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    public static final String TOKEN =
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n";
    public static final String DONE =
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true}\n";
    static final String BUSY = "{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}";

    @Parameter
    int loops;

    /** Answers what was asked for: a stream to who wants one of Ollama's own, else a document. */
    public static void good(ScriptedBackend.Line line) throws IOException {
        String path = line.request().requestLine().split(" ", -1)[1];
        boolean lines = (path.equals("/api/chat") || path.equals("/api/generate"))
                && !line.request().bodyText().contains("\"stream\":false");
        if (!lines) {
            line.json(document(path));
            return;
        }
        line.send(HEAD);
        line.chunk(TOKEN);
        line.chunk(DONE);
        line.send("0\r\n\r\n");
    }

    /** Answers whatever is asked with a good whole answer. */
    static void whole(ScriptedBackend.Line line) throws IOException {
        line.json(document(line.request().requestLine().split("[ ?]", 3)[1]));
    }

    /** A good whole answer to a request for this path. */
    static String document(String path) {
        return switch (path) {
            case "/api/chat", "/api/generate" -> DONE.strip();
            case "/api/embed" -> "{\"model\":\"llama3.2\",\"embeddings\":[[0.5]]}";
            case "/api/embeddings" -> "{\"embedding\":[0.5]}";
            case "/v1/chat/completions", "/v1/completions" -> "{\"object\":\"x\",\"choices\":[]}";
            case "/v1/embeddings" -> "{\"object\":\"list\",\"data\":[]}";
            case "/v1/messages" -> "{\"type\":\"message\",\"content\":[]}";
            case "/v1/responses" -> "{\"object\":\"response\",\"output\":[]}";
            default -> "{}";
        };
    }

    static Script answering(String status, String fields, String body) {
        return line -> line.send("HTTP/1.1 " + status + "\r\nContent-Type: application/json; charset=utf-8\r\n" + fields
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static ScriptedBackend backend(Script script) {
        return ScriptedBackend.with("llama3.2:latest").plays(script);
    }

    /** The first backend does this; the second answers well, and that is all the client sees. */
    private void movesOn(Script bad) throws Exception {
        movesOn(bad, "", CHAT);
    }

    private void movesOn(Script bad, String rules, String body) throws Exception {
        try (ScriptedBackend first = backend(bad);
                ScriptedBackend second = backend(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, rules, first, second)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", body);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).isEqualTo(body.contains("\"stream\":false") ? DONE.strip() : TOKEN + DONE);
            assertThat(reply.complete()).isTrue();
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
            assertThat(first.requests()).as("never the same host twice").hasSize(1);
            assertThat(second.requests()).hasSize(1);
            assertThat(second.requests().get(0).bodyText()).isEqualTo(body);
        }
    }

    @Test
    void aReset_beforeTheHead_movesOnToTheNextTier() throws Exception {
        movesOn(ScriptedBackend.Line::reset);
    }

    @Test
    void aClose_beforeTheHead_movesOn() throws Exception {
        movesOn(ScriptedBackend.Line::close);
    }

    @Test
    void aClose_withinTheHead_movesOn() throws Exception {
        movesOn(line -> {
            line.send("HTTP/1.1 200 OK\r\nContent-Type: appl");
            line.close();
        });
    }

    @Test
    void aRefusedConnection_movesOn() throws Exception {
        try (ScriptedBackend first = backend(FailoverTest::good);
                ScriptedBackend second = backend(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second)) {
            first.kill();
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
            assertThat(reply.text()).isEqualTo(TOKEN + DONE);
            assertThat(reply.complete()).isTrue();
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
        }
    }

    @Test
    void aMalformedHead_movesOn() throws Exception {
        movesOn(line -> line.send("SSH-2.0-OpenSSH_9.6\r\n\r\n"));
    }

    @Test
    void twoFramings_moveOn() throws Exception {
        movesOn(line -> line.send(HEAD.replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n") + "abc"));
    }

    @Test
    void aMalformedChunk_beforeAnyPayload_movesOn() throws Exception {
        movesOn(line -> line.send(HEAD + "five\r\nhello\r\n"));
    }

    @Test
    void an500_movesOn() throws Exception {
        movesOn(answering("500 Internal Server Error", "", "{\"error\":\"something broke\"}"));
    }

    @Test
    void a503WithoutABody_movesOn() throws Exception {
        movesOn(answering("503 Service Unavailable", "", ""));
    }

    @Test
    void aBusyOllama_movesOn() throws Exception {
        movesOn(answering("503 Service Unavailable", "", BUSY));
    }

    @Test
    void aMissingModel_movesOn() throws Exception {
        movesOn(answering("404 Not Found", "", "{\"error\":\"model 'llama3.2' not found\"}"));
    }

    @Test
    void aStreamThatBeginsWithAnError_movesOn() throws Exception {
        movesOn(line -> {
            line.send(HEAD);
            line.chunk("{\"error\":\"the runner died\"}\n");
            line.send("0\r\n\r\n");
        });
    }

    @Test
    void aFirstErrorThatComesByteByByte_movesOn() throws Exception {
        movesOn(line -> {
            line.send(HEAD);
            for (char c : "{\"error\":\"the runner died\"}\n".toCharArray()) {
                line.chunk(String.valueOf(c));
            }
            line.send("0\r\n\r\n");
        });
    }

    @Test
    void aProperEndWithoutPayload_movesOn() throws Exception {
        movesOn(line -> line.send(HEAD + "0\r\n\r\n"));
    }

    @Test
    void aCutWithinTheFirstLine_movesOn() throws Exception {
        movesOn(line -> {
            line.send(HEAD);
            line.chunk(TOKEN.substring(0, 20));
            line.close();
        });
    }

    @Test
    void aBackendWithoutAFirstToken_isLeftAtTheDeadline() throws Exception {
        movesOn(ScriptedBackend.Line::awaitDeparture, ",\"timeouts\":{\"firstToken\":\"100ms\"}", CHAT);
    }

    @Test
    void aHeadWithoutAFirstToken_isLeftAtTheDeadline() throws Exception {
        movesOn(
                line -> {
                    line.send(HEAD);
                    line.awaitDeparture();
                },
                ",\"timeouts\":{\"firstToken\":\"100ms\"}",
                CHAT);
    }

    @Test
    void aWholeAnswerThatIsCut_movesOn() throws Exception {
        movesOn(
                line -> {
                    line.send(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"mess");
                    line.close();
                },
                "",
                CHAT.replace("{\"model\"", "{\"stream\":false,\"model\""));
    }

    @Test
    void aWholeAnswerWithoutALength_thatIsReset_movesOn() throws Exception {
        movesOn(
                line -> {
                    line.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"mess");
                    line.reset();
                },
                "",
                CHAT.replace("{\"model\"", "{\"stream\":false,\"model\""));
    }

    @Test
    void aLargeBody_isSentAgainByteForByte() throws Exception {
        movesOn(ScriptedBackend.Line::reset, "", CHAT.replace("hi", "é\\u0000€ ".repeat(5000)));
    }

    @Test
    void aBackendThatAsksToWait_isLeftAlone() throws Exception {
        try (ScriptedBackend first = backend(answering("429 Too Many Requests", "Retry-After: 60\r\n", "{}"));
                ScriptedBackend second = backend(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second)) {
            for (int i = 0; i < 5; i++) {
                RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
                assertThat(reply.text()).isEqualTo(TOKEN + DONE);
                assertThat(reply.field("X-Essaim-Attempts")).isEqualTo(i == 0 ? "2" : "1");
            }
            assertThat(first.requests()).hasSize(1);
            assertThat(server.backend("b1").saturatedFor(server.backend("b1").now()))
                    .isPositive();
        }
    }

    @Test
    void threeBackendsAreAskedAtMost() throws Exception {
        try (ScriptedBackend first = backend(ScriptedBackend.Line::reset);
                ScriptedBackend second = backend(ScriptedBackend.Line::close);
                ScriptedBackend third = backend(answering("500 Internal Server Error", "", "{\"error\":\"third\"}"));
                ScriptedBackend fourth = backend(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second, third, fourth)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).as("the last word is the backend's own").isEqualTo("{\"error\":\"third\"}");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("3");
            assertThat(fourth.requests()).isEmpty();
            for (ScriptedBackend backend : List.of(first, second, third)) {
                assertThat(backend.requests()).hasSize(1);
            }
        }
    }

    @Test
    void whenAllFail_theErrorNamesEveryBackend() throws Exception {
        try (ScriptedBackend first = backend(ScriptedBackend.Line::reset);
                ScriptedBackend second = backend(line -> line.send("nonsense\r\n\r\n"));
                TestServer server = TestServer.oneTier(loops, "", first, second)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.text())
                    .startsWith("{\"error\":\"no backend could answer: ")
                    .contains("b1: ", "b2: ");
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("all_failed");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
        }
    }

    @Test
    void aBackendWhoseModelBroke_isLeftAlone_andTheNextTierAnswers() throws Exception {
        String broken = "{\"error\":\"model runner has unexpectedly stopped\"}";
        try (ScriptedBackend first = backend(answering("500 Internal Server Error", "", broken));
                ScriptedBackend second = backend(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second)) {
            int requests = 30;
            for (int i = 0; i < requests; i++) {
                RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
                assertThat(reply.text()).as("request %s", i).isEqualTo(TOKEN + DONE);
            }
            assertThat(first.requests()).isNotEmpty().hasSizeLessThan(requests / 2);
            assertThat(second.requests()).hasSize(requests);
        }
    }

    @Test
    void aMistakeOfTheClient_isAnsweredByTheFirst_andNotTriedElsewhere() throws Exception {
        List<String> answers = List.of(
                "400 Bad Request|{\"error\":\"invalid character\"}",
                "404 Not Found|{\"error\":\"nothing here\"}",
                "400 Bad Request|{\"error\":\"registry.ollama.ai/library/x does not support tools\"}",
                "500 Internal Server Error|{\"error\":\"option \\\"num_ctx\\\" must be of type integer\"}");
        for (String answer : answers) {
            String[] parts = answer.split("\\|", -1);
            try (ScriptedBackend first = backend(answering(parts[0], "", parts[1]));
                    ScriptedBackend second = backend(FailoverTest::good);
                    TestServer server = TestServer.tiers(loops, "", first, second)) {
                RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
                assertThat(reply.status()).as(answer).isEqualTo(Integer.parseInt(parts[0].substring(0, 3)));
                assertThat(reply.text()).as(answer).isEqualTo(parts[1]);
                assertThat(second.requests()).as(answer).isEmpty();
            }
        }
    }

    @Test
    void aTierThatNamesAnotherModel_changesThatValueOnly() throws Exception {
        String body = "{ \"messages\":[{\"role\":\"user\",\"content\":\"\\\"model\\\":\\\"llama3.2\\\"\"}]"
                + ",\r\n\t\"model\" :  \"llama3.2\" , \"options\":{\"num_ctx\":2048,\"x\":1.50e+2} }\r\n ";
        try (ScriptedBackend first = backend(ScriptedBackend.Line::reset);
                ScriptedBackend second = ScriptedBackend.with("qwen3:0.6b").plays(FailoverTest::good);
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + first.url()
                                + "\"},\"b2\":{\"url\":\"" + second.url()
                                + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"],[{\"backend\":\"b2\","
                                + "\"model\":\"qwen3:0.6b\"}]]}]}")) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", body);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Model")).isEqualTo("qwen3:0.6b");
            assertThat(first.requests().get(0).bodyText()).isEqualTo(body);
            assertThat(second.requests().get(0).bodyText())
                    .isEqualTo(body.replace("\"model\" :  \"llama3.2\"", "\"model\" :  \"qwen3:0.6b\""));
        }
    }

    @Test
    void connectionsThatTheBackendClosesWhileIdle_neverShow() throws Exception {
        Script closing = line -> {
            good(line);
            line.close();
        };
        try (ScriptedBackend only = backend(closing);
                TestServer server = TestServer.tiers(loops, "", only);
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 200; i++) {
                RawClient.Reply reply = client.sendPost("/api/chat", CHAT).read();
                assertThat(reply.status()).as("request %s", i).isEqualTo(200);
                assertThat(reply.complete()).as("request %s", i).isTrue();
                assertThat(reply.field("X-Essaim-Attempts")).as("request %s", i).isEqualTo("1");
            }
            assertThat(only.requests()).hasSize(200);
        }
    }
}

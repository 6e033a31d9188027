package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that waits for a slow beginning is kept awake in its own dialect, and still gets one clean stream or one error. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class HeartbeatTest {
    private static final String BEATS = ",\"timeouts\":{\"heartbeat\":\"1ms\"}";
    private static final String STREAM =
            "{\"model\":\"llama3.2\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String SSE = FailoverTest.HEAD.replace("application/x-ndjson", "text/event-stream");
    private static final String LAST = "0\r\n\r\n";

    @Parameter
    int loops;

    private static String chunk(RawClient client) throws Exception {
        return new String(client.readChunk(), StandardCharsets.UTF_8);
    }

    private static boolean isBeat(String path, String chunk) {
        return switch (path) {
            case "/api/chat" ->
                chunk.matches("\\{\"model\":\"llama3.2\",\"created_at\":\"[-0-9T:.]+Z\","
                        + "\"message\":\\{\"role\":\"assistant\",\"content\":\"\"},\"done\":false}\n");
            case "/api/generate" ->
                chunk.matches(
                        "\\{\"model\":\"llama3.2\",\"created_at\":\"[-0-9T:.]+Z\",\"response\":\"\",\"done\":false}\n");
            case "/v1/messages" -> chunk.equals("event: ping\ndata: {\"type\":\"ping\"}\n\n");
            default -> chunk.equals(": ping\n\n");
        };
    }

    private static String afterBeats(String path, RawClient client) throws Exception {
        String chunk = chunk(client);
        while (isBeat(path, chunk)) {
            chunk = chunk(client);
        }
        return chunk;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/chat",
                "/api/generate",
                "/v1/chat/completions",
                "/v1/completions",
                "/v1/responses",
                "/v1/messages"
            })
    void aSlowBeginning_isBridged_andTheAnswerFollowsUnchanged(String path) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        boolean nativeStream = path.startsWith("/api/");
        String token = nativeStream ? FailoverTest.TOKEN : "data: {\"type\":\"x\",\"choices\":[]}\n\n";
        String done = switch (path) {
            case "/api/chat", "/api/generate" -> FailoverTest.DONE;
            case "/v1/messages" -> "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
            case "/v1/responses" -> "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n";
            default -> "data: [DONE]\n\n";
        };
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    line.send(nativeStream ? FailoverTest.HEAD : SSE);
                    line.chunk(token);
                    line.chunk(done);
                    line.send(LAST);
                });
                TestServer server = TestServer.tiers(loops, BEATS, backend);
                RawClient client = new RawClient(server.port())) {
            RawClient.Reply head = client.sendPost(path, STREAM).readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.field("Content-Type"))
                    .isEqualTo(nativeStream ? "application/x-ndjson" : "text/event-stream");
            assertThat(isBeat(path, chunk(client))).isTrue();
            assertThat(isBeat(path, chunk(client))).as("and again").isTrue();
            gate.countDown();
            assertThat(afterBeats(path, client)).isEqualTo(token);
            assertThat(chunk(client)).isEqualTo(done);
            assertThat(chunk(client)).as("the proper end").isEmpty();
            assertThat(RawClient.get(server.port(), "/api/version").status()).isEqualTo(200);
        }
    }

    @Test
    void anotherBackendCanStillBeAsked() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    line.reset();
                });
                ScriptedBackend second = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, BEATS, first, second);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", STREAM).readHead();
            assertThat(isBeat("/api/chat", chunk(client))).isTrue();
            gate.countDown();
            assertThat(afterBeats("/api/chat", client)).isEqualTo(FailoverTest.TOKEN);
            assertThat(chunk(client)).isEqualTo(FailoverTest.DONE);
            assertThat(chunk(client)).isEmpty();
            assertThat(second.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/chat", "/v1/chat/completions", "/v1/responses", "/v1/messages"})
    void whenNobodyCanAnswer_theStreamEndsInOneError_andNoProperEnd(String path) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    line.reset();
                });
                TestServer server = TestServer.tiers(loops, BEATS, backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost(path, STREAM).readHead();
            assertThat(isBeat(path, chunk(client))).isTrue();
            gate.countDown();
            String error = afterBeats(path, client);
            Dialects.assertOneErrorFrame("after a heartbeat", path, error);
            assertThat(error).contains("no backend could answer: b1: ");
            assertThatEnds(client);
        }
    }

    @Test
    void aBackendsOwnError_becomesAFrame() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    FailoverTest.answering("400 Bad Request", "", "{\"error\":\"\\\"m\\\" does not support tools\"}")
                            .play(line);
                });
                TestServer server = TestServer.tiers(loops, BEATS, backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", STREAM).readHead();
            assertThat(isBeat("/api/chat", chunk(client))).isTrue();
            gate.countDown();
            assertThat(afterBeats("/api/chat", client))
                    .isEqualTo("{\"error\":\"\\\"m\\\" does not support tools\",\"status\":400}\n");
            assertThatEnds(client);
        }
    }

    private static void assertThatEnds(RawClient client) throws Exception {
        boolean cut = false;
        try {
            client.readChunk();
        } catch (EOFException e) {
            cut = true;
        }
        assertThat(cut).as("no proper end").isTrue();
    }

    @Test
    void aWholeAnswer_isWaitedForInSilence() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    FailoverTest.answering("200 OK", "", "{\"done\":true}").play(line);
                });
                TestServer server = TestServer.tiers(loops, BEATS, backend);
                RawClient whole = new RawClient(server.port());
                RawClient streaming = new RawClient(server.port())) {
            whole.sendPost("/api/chat", STREAM.replace("true", "false"));
            await().until(() -> backend.requests().size() == 1);
            streaming.sendPost("/api/chat", STREAM).readHead();
            assertThat(isBeat("/api/chat", chunk(streaming)))
                    .as("time enough has passed")
                    .isTrue();
            assertThat(whole.available()).isZero();
            gate.countDown();
            assertThat(whole.read().text()).isEqualTo("{\"done\":true}");
        }
    }
}

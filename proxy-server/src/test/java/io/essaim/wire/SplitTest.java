package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** TCP cuts where it likes: wherever an answer is cut in two, the client's payload is the same. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class SplitTest {
    private static final String ACCENTS =
            "{\"model\":\"llama3.2\",\"message\":{\"content\":\"é€𝄞 \\\"done\\\":true\"},\"done\":false}\n";
    private static final String EVENTS = "data: {\"choices\":[{\"delta\":{\"content\":\"é€𝄞\"}}]}\n\n";
    private static final String LAST_EVENTS = "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    @Parameter
    int loops;

    private static byte[] answer(String type, String... chunks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        for (String chunk : chunks) {
            out.writeBytes(ScriptedBackend.chunk(chunk));
        }
        out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    /**
     * Sends the answer once for each offset, in two writes. The second write waits until the client has the whole first
     * chunk, if that was in the first write: then the proxy has read the first write for sure.
     */
    private void cutEverywhere(String path, byte[] answer, String payload, int firstChunkEnds) throws Exception {
        AtomicInteger offset = new AtomicInteger();
        Semaphore seen = new Semaphore(0);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    int at = offset.get();
                    line.send(Arrays.copyOfRange(answer, 0, at));
                    if (at >= firstChunkEnds && !seen.tryAcquire(20, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("the first chunk never came, cut at " + at);
                    }
                    line.send(Arrays.copyOfRange(answer, at, answer.length));
                });
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            for (int at = 0; at <= answer.length; at++) {
                offset.set(at);
                client.sendPost(path, "{\"model\":\"llama3.2\",\"stream\":true}");
                RawClient.Reply head = client.readHead();
                assertThat(head.status()).as("cut at %s", at).isEqualTo(200);
                ByteArrayOutputStream got = new ByteArrayOutputStream();
                for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                    if (got.size() == 0 && at >= firstChunkEnds) {
                        seen.release();
                    }
                    got.writeBytes(chunk);
                }
                assertThat(got.toString(StandardCharsets.UTF_8))
                        .as("cut at %s", at)
                        .isEqualTo(payload);
            }
            assertThat(backend.requests()).hasSize(answer.length + 1);
            assertThat(backend.requests()).allMatch(request -> request.connection() == lastConnection(backend));
        }
    }

    private static int lastConnection(ScriptedBackend backend) {
        return backend.requests().get(backend.requests().size() - 1).connection();
    }

    @Test
    void aNativeStream_cutAtEveryByte_arrivesTheSame() throws Exception {
        byte[] answer = answer("application/x-ndjson", ACCENTS, FailoverTest.TOKEN, FailoverTest.DONE);
        int first = answer("application/x-ndjson", ACCENTS).length - 5;
        cutEverywhere("/api/chat", answer, ACCENTS + FailoverTest.TOKEN + FailoverTest.DONE, first);
    }

    @Test
    void anEventStream_cutAtEveryByte_arrivesTheSame() throws Exception {
        byte[] answer = answer("text/event-stream", EVENTS, EVENTS, LAST_EVENTS);
        int first = answer("text/event-stream", EVENTS).length - 5;
        cutEverywhere("/v1/chat/completions", answer, EVENTS + EVENTS + LAST_EVENTS, first);
    }

    @Test
    void anEventStreamWithTypedEvents_cutAtEveryByte_arrivesTheSame() throws Exception {
        String start = "event: message_start\ndata: {\"type\":\"message_start\"}\n\n";
        String stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        byte[] answer = answer("text/event-stream", start, stop);
        cutEverywhere("/v1/messages", answer, start + stop, answer("text/event-stream", start).length - 5);
    }

    private void arrivesComplete(String path, byte[] answer, String payload) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> line.send(answer));
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.Reply reply = RawClient.post(server.port(), path, "{\"model\":\"llama3.2\",\"stream\":true}");
            assertThat(reply.complete()).isTrue();
            assertThat(reply.text().equals(payload)).as("payload is the same").isTrue();
        }
    }

    @Test
    void severalLinesInOneChunk_andChunksWithinALine_arriveComplete() throws Exception {
        byte[] answer = answer(
                "application/x-ndjson",
                FailoverTest.TOKEN + FailoverTest.TOKEN + FailoverTest.TOKEN.substring(0, 10),
                FailoverTest.TOKEN.substring(10, 11),
                FailoverTest.TOKEN.substring(11) + FailoverTest.DONE);
        arrivesComplete("/api/chat", answer, FailoverTest.TOKEN.repeat(3) + FailoverTest.DONE);
    }

    @Test
    void aLineOfAMegabyte_arrivesComplete() throws Exception {
        String line = "{\"message\":{\"content\":\"" + "é".repeat(1 << 19) + "\"},\"done\":false}\n";
        arrivesComplete("/api/chat", answer("application/x-ndjson", line, FailoverTest.DONE), line + FailoverTest.DONE);
        arrivesComplete(
                "/api/chat",
                answer("application/x-ndjson", FailoverTest.TOKEN, line, FailoverTest.DONE),
                FailoverTest.TOKEN + line + FailoverTest.DONE);
    }

    @Test
    void aWordThatLooksLikeTheEnd_isNotTheEnd() throws Exception {
        String tool =
                "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"done\":true}}}]},\"done\":false}\n";
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send(answer("application/x-ndjson", ACCENTS, tool)));
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
            assertThat(reply.complete()).isFalse();
            assertThat(reply.text()).startsWith(ACCENTS + tool + "{\"error\":");
        }
    }
}

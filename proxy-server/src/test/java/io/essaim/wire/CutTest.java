package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.testing.WireAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** After the commit point a broken answer ends with one error frame in the client's words, and never properly. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CutTest {
    /** How the backend breaks. */
    enum Break {
        FIN,
        RST,
        MALFORMED_CHUNK,
        IDLE
    }

    /** Where it breaks. */
    enum Place {
        BETWEEN_CHUNKS,
        /** A chunk's size said more than came; the line is not finished either. */
        WITHIN_A_CHUNK,
        /** The chunk is whole, the line or event in it is not. */
        WITHIN_A_FRAME,
        /** All the payload of a chunk came, its CRLF did not. */
        BEFORE_THE_CRLF
    }

    /** A path with a first frame and the half of a second. */
    enum Dialect {
        CHAT("/api/chat", "application/x-ndjson", FailoverTest.TOKEN, "{\"model\":\"llama3.2\",\"message\":{\"ro"),
        GENERATE("/api/generate", "application/x-ndjson", "{\"response\":\"a\",\"done\":false}\n", "{\"response\":\"b"),
        OPENAI("/v1/chat/completions", "text/event-stream", "data: {\"choices\":[]}\n\n", "data: {\"choi"),
        RESPONSES(
                "/v1/responses",
                "text/event-stream",
                "event: response.created\ndata: {\"type\":\"response.created\"}\n\n",
                "event: response.output_text.delta\nda"),
        ANTHROPIC(
                "/v1/messages",
                "text/event-stream",
                "event: message_start\ndata: {\"type\":\"message_start\"}\n\n",
                "event: content_block_delta\ndata: {\"typ");

        final String path;
        final String type;
        final String frame;
        final String half;

        Dialect(String path, String type, String frame, String half) {
            this.path = path;
            this.type = type;
            this.frame = frame;
            this.half = half;
        }
    }

    @Parameter
    int loops;

    static List<Arguments> cuts() {
        List<Arguments> all = new ArrayList<>();
        for (Dialect dialect : Dialect.values()) {
            for (Break how : List.of(Break.FIN, Break.RST, Break.MALFORMED_CHUNK)) {
                for (Place where : Place.values()) {
                    boolean possible =
                            how != Break.MALFORMED_CHUNK || where != Place.WITHIN_A_CHUNK; // else it is payload
                    if (possible) {
                        all.add(Arguments.of(dialect, how, where));
                    }
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void aCutStream_endsWithOneErrorFrame_andWithoutALastChunk(Dialect dialect, Break how, Place where)
            throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (ScriptedBackend backend =
                        ScriptedBackend.with("llama3.2:latest").plays(line -> play(line, dialect, how, where, begun));
                TestServer server = TestServer.tiers(loops, "", backend)) {
            assertCut(dialect, how, where, send(dialect, server, begun));
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("idlePlaces")
    void aStreamThatStandsStill_isCutAfterTheIdleTime(Dialect dialect, Place where) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> play(line, dialect, Break.IDLE, where, begun));
                TestServer server = TestServer.tiers(loops, ",\"timeouts\":{\"idle\":\"50ms\"}", backend)) {
            assertCut(dialect, Break.IDLE, where, send(dialect, server, begun));
            org.awaitility.Awaitility.await("the backend's connection is closed")
                    .until(() -> backend.departures() == 1);
        }
    }

    static List<Arguments> idlePlaces() {
        return List.of(
                Arguments.of(Dialect.CHAT, Place.BETWEEN_CHUNKS),
                Arguments.of(Dialect.CHAT, Place.WITHIN_A_CHUNK),
                Arguments.of(Dialect.OPENAI, Place.WITHIN_A_CHUNK),
                Arguments.of(Dialect.RESPONSES, Place.WITHIN_A_FRAME),
                Arguments.of(Dialect.ANTHROPIC, Place.BETWEEN_CHUNKS));
    }

    private static void play(ScriptedBackend.Line line, Dialect dialect, Break how, Place where, CountDownLatch gate)
            throws java.io.IOException, InterruptedException {
        line.send("HTTP/1.1 200 OK\r\nContent-Type: " + dialect.type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        line.chunk(dialect.frame);
        line.await(gate);
        String half = dialect.half;
        switch (where) {
            case BETWEEN_CHUNKS -> {}
            case WITHIN_A_CHUNK -> line.send(Integer.toHexString(half.length() + 5) + "\r\n" + half);
            case WITHIN_A_FRAME -> line.chunk(half);
            case BEFORE_THE_CRLF -> line.send(Integer.toHexString(half.length()) + "\r\n" + half);
        }
        switch (how) {
            case FIN -> line.close();
            case RST -> line.reset();
            case MALFORMED_CHUNK -> {
                line.send("zz\r\n");
                line.awaitDeparture();
            }
            case IDLE -> line.awaitDeparture();
        }
    }

    /** Opens the gate when the first frame is here, so that the break comes after the commit point for sure. */
    private static WireAnswer send(Dialect dialect, TestServer server, CountDownLatch gate) throws Exception {
        return WireAnswer.post(
                server.port(),
                dialect.path,
                "{\"model\":\"llama3.2\",\"stream\":true,\"messages\":[]}",
                dialect.frame,
                gate::countDown);
    }

    private static void assertCut(Dialect dialect, Break how, Place where, WireAnswer answer) {
        String what = dialect + ", " + how + ", " + where;
        // A reset may overtake what was sent just before it.
        boolean lost = how == Break.RST && !answer.text().startsWith(dialect.frame + dialect.half);
        String sent = dialect.frame + (where == Place.BETWEEN_CHUNKS || lost ? "" : dialect.half);
        assertThat(answer.status()).as(what).isEqualTo(200);
        assertThat(answer.text()).as(what).startsWith(sent);
        assertThat(answer.properEnd()).as("proper end of %s", what).isFalse();
        assertThat(answer.reset()).as("reset of %s", what).isFalse();
        Dialects.assertOneErrorFrame(what, dialect.path, answer.text().substring(sent.length()));
        assertThat(Dialects.errors(dialect.path, answer.text())).as(what).isEqualTo(1);
    }

    @Test
    void aSizeLineThatIsCut_isNotMistakenForPayload() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.send("7");
                    line.close();
                });
                TestServer server = TestServer.tiers(loops, "", backend)) {
            assertCut(Dialect.CHAT, Break.FIN, Place.BETWEEN_CHUNKS, send(Dialect.CHAT, server, new CountDownLatch(1)));
        }
    }

    @Test
    void aLastChunkWithoutItsEnd_isNoEnd() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.chunk(FailoverTest.DONE);
                    line.send("0\r\n");
                    line.close();
                });
                TestServer server = TestServer.tiers(loops, "", backend)) {
            WireAnswer answer = send(Dialect.CHAT, server, new CountDownLatch(1));
            assertThat(answer.properEnd()).isFalse();
            assertThat(answer.text()).startsWith(FailoverTest.TOKEN + FailoverTest.DONE);
            assertThat(Dialects.errors("/api/chat", answer.text())).isEqualTo(1);
        }
    }

    @Test
    void aLargeWholeAnswerThatIsCut_endsShortOfItsLength_andNothingIsAdded() throws Exception {
        String part = "{\"model\":\"llama3.2\",\"embeddings\":[[" + "0.25,".repeat(80 * 1024);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n");
                    line.send(part);
                    line.close();
                });
                TestServer server = TestServer.tiers(loops, "", backend)) {
            WireAnswer answer = WireAnswer.post(server.port(), "/api/embed", "{\"model\":\"llama3.2\"}");
            assertThat(answer.text()).isEqualTo(part);
            assertThat(answer.properEnd()).isFalse();
        }
    }
}

package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Runs in the time of an embedded channel: nothing here waits. */
class BackendConnectionTest {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private long now;

    @BeforeEach
    void connect() {
        channel.freezeTime();
        channel.pipeline().addLast(new BackendConnection(new Pacer(channel.eventLoop(), () -> now)));
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void sendsTheFirstTokenAtOnceAndTheOthersPaced() {
        AnswerReader answer = new AnswerReader();
        ask(Wire.chatRequest(5));
        read(answer);
        assertThat(answer.lines()).isEqualTo(1);
        for (int round = 1; round < 5; round++) {
            advanceOneRound();
            assertThat(read(answer)).isFalse();
            assertThat(answer.lines()).isEqualTo(1 + round);
        }
        advanceOneRound();
        assertThat(read(answer)).isTrue();
        assertThat(answer.mismatch(5)).isNull();
    }

    @Test
    void endsASingleTokenAtOnceAndAnswersAgainOnTheSameConnection() {
        for (int request = 0; request < 3; request++) {
            AnswerReader answer = new AnswerReader();
            ask(Wire.chatRequest(1));
            channel.runPendingTasks();
            assertThat(read(answer)).isTrue();
            assertThat(answer.mismatch(1)).isNull();
        }
    }

    @Test
    void readsAChunkedRequestWithOtherSpacing() {
        String body = "{\"model\":\"bench\",\"options\":{\"num_predict\" : 1}}";
        ask(Wire.bytes("POST /api/chat HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n"));
        channel.runPendingTasks();
        AnswerReader answer = new AnswerReader();
        assertThat(read(answer)).isTrue();
        assertThat(answer.mismatch(1)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /api/version", "GET /api/tags", "GET /api/ps?x=1", "POST /api/show"})
    void answersProbesInJson(String target) {
        ask(Wire.bytes(target + " HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"));
        String answer = written();
        int body = answer.indexOf("\r\n\r\n") + 4;
        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("Content-Length: " + (answer.length() - body));
        JsonNode json = new ObjectMapper().readTree(answer.substring(body));
        if (json.has("models")) {
            assertThat(json.get("models").get(0).get("name").asString()).isEqualTo("bench:latest");
        }
    }

    @Test
    void closesOnASecondRequestBeforeTheEndOfTheAnswer() {
        ask(Wire.chatRequest(5));
        ask(Wire.chatRequest(5));
        assertThat(channel.isOpen()).isFalse();
    }

    private void advanceOneRound() {
        for (int turn = 0; turn < Pacer.BUCKETS; turn++) {
            now += Pacer.TURN_NANOS;
            channel.advanceTimeBy(Pacer.TURN_NANOS, TimeUnit.NANOSECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    private void ask(byte[] request) {
        channel.writeInbound(Unpooled.wrappedBuffer(request));
    }

    private boolean read(AnswerReader answer) {
        return answer.read(Unpooled.copiedBuffer(written(), US_ASCII));
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(part.toString(US_ASCII));
            part.release();
        }
        return text.toString();
    }
}

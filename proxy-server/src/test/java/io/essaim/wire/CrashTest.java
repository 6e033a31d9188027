package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.testing.Transcript;
import io.essaim.testing.WireAnswer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real Ollama sent when its runner or itself died: no client may take it for a whole answer. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CrashTest {
    @Parameter
    int loops;

    private static WireAnswer send(Transcript transcript, TestServer server) throws Exception {
        return WireAnswer.post(server.port(), transcript.path(), transcript.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat/token-repeat",
                "v1-chat/token-repeat",
                "crash/stream-v1-chat",
                "crash/stream-v1-completions",
                "crash/stream-v1-messages",
                "crash/stream-v1-responses",
                "crash/server-killed",
                "crash/server-terminated"
            })
    void aStreamWithoutItsTerminalFrame_endsWithOneErrorFrame_andImproperly(String name) throws Exception {
        Transcript transcript = Transcript.of(name);
        try (ScriptedBackend backend =
                        ScriptedBackend.with(GoldenRelayTest.MODELS).plays(transcript::play);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            WireAnswer answer = send(transcript, server);
            assertThat(answer.status()).as(name).isEqualTo(200);
            assertThat(answer.properEnd()).as("proper end of %s", name).isFalse();
            assertThat(answer.reset()).as("reset of %s", name).isFalse();
            assertThat(answer.text()).as(name).startsWith(transcript.payload());
            String frame = answer.text().substring(transcript.payload().length());
            Dialects.assertOneErrorFrame(name, transcript.path(), frame);
            assertThat(frame).as(name).contains("b1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"crash/stream-chat", "crash/stream-chat-abort", "crash/stream-generate"})
    void aStreamThatSaysItsErrorItself_passesUnchanged_andNothingIsAdded(String name) throws Exception {
        Transcript transcript = Transcript.of(name);
        try (ScriptedBackend backend =
                        ScriptedBackend.with(GoldenRelayTest.MODELS).plays(transcript::play);
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            RawClient.Reply reply = client.send(transcript.requestBytes()).read();
            assertThat(reply.status()).as(name).isEqualTo(200);
            assertThat(reply.text()).as(name).isEqualTo(transcript.payload());
            assertThat(reply.complete()).as(name).isTrue();
        }
    }

    static List<Transcript> failures() {
        return Transcript.all().stream().filter(t -> t.status() != 200).toList();
    }

    @Test
    void thereAreEnoughRecordedFailures() {
        assertThat(failures())
                .hasSizeGreaterThan(10)
                .anyMatch(t -> t.name().equals("crash/embed") && t.status() == 400);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureBeforeTheFirstToken_isNotSeen_whenAnotherBackendCanAnswer(Transcript transcript) throws Exception {
        try (ScriptedBackend first =
                        ScriptedBackend.with(GoldenRelayTest.MODELS).plays(transcript::play);
                ScriptedBackend second = ScriptedBackend.with(GoldenRelayTest.MODELS)
                        .plays(line -> line.json(FailoverTest.document(transcript.path())));
                TestServer server = TestServer.tiers(loops, "", first, second);
                RawClient client = new RawClient(server.port())) {
            RawClient.Reply reply = client.send(transcript.requestBytes()).read();
            assertThat(reply.status()).as(transcript.name()).isEqualTo(200);
            assertThat(reply.text()).as(transcript.name()).isEqualTo(FailoverTest.document(transcript.path()));
            assertThat(reply.field("X-Essaim-Backend")).as(transcript.name()).isEqualTo("b2");
            assertThat(second.requests().get(0).bodyText())
                    .as(transcript.name())
                    .isEqualTo(transcript.body());
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureBeforeTheFirstToken_reachesTheClientInOllamasOwnWords_whenNobodyElseIsLeft(Transcript transcript)
            throws Exception {
        try (ScriptedBackend backend =
                        ScriptedBackend.with(GoldenRelayTest.MODELS).plays(transcript::play);
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            RawClient.Reply reply = client.send(transcript.requestBytes()).read();
            assertThat(reply.status()).as(transcript.name()).isEqualTo(transcript.status());
            assertThat(reply.text()).as(transcript.name()).isEqualTo(transcript.payload());
            assertThat(reply.complete()).as(transcript.name()).isTrue();
            assertThat(reply.field("X-Essaim-Reason")).as(transcript.name()).isEqualTo("all_failed");
        }
    }
}

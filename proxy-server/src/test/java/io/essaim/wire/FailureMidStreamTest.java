package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.WireAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The ways a backend fails after its first word, and what that costs: who asked sees one error in its own dialect and no
 * proper end, and nobody else is asked.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class FailureMidStreamTest {
    /** Reserved for the answer to a request without a limit. */
    private static final long UNLIMITED = 8192;

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private FailureScene scene(Spoken spoken) throws IOException {
        return new FailureScene(loops, directory, spoken);
    }

    /** Each cloud asked in each of the clients' dialects; a host in Ollama's, since it speaks the others itself ({@link CutTest}). */
    static List<Arguments> pairs() {
        List<Arguments> all = new ArrayList<>();
        for (Spoken spoken : Spoken.values()) {
            for (String path : List.of("/api/chat", "/v1/chat/completions", "/v1/responses", "/v1/messages")) {
                if (spoken.isCloud() || path.equals("/api/chat")) {
                    all.add(Arguments.of(spoken, path));
                }
            }
        }
        return all;
    }

    private void breaksOff(Spoken spoken, String path, String extra, Script rest) throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        Script breaking = line -> {
            line.send(spoken.head);
            line.chunk(spoken.first);
            line.await(seen);
            rest.play(line);
        };
        String body = path.equals("/v1/responses")
                ? "{\"model\":\"llama3.2\",\"stream\":true,\"input\":\"hi\"}"
                : "{\"model\":\"llama3.2\",\"stream\":true,\"max_tokens\":100,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        scene(spoken).run(breaking, extra, (server, one, two) -> {
            WireAnswer answer = WireAnswer.post(server.port(), "/agents/rssi" + path, body, "Bon", seen::countDown);
            String text = answer.text();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(text).contains("Bon").doesNotContain("\"done\":true", "[DONE]", "message_stop");
            assertThat(text).doesNotContain("response.completed");
            assertThat(answer.properEnd()).isFalse();
            assertThat(answer.reset()).isFalse();
            assertThat(Dialects.errors(path, text)).as(text).isEqualTo(1);
            assertThat(two.requests())
                    .as("never a second answer after the first words")
                    .isEmpty();
            assertThat(one.requests()).hasSize(1);
            if (spoken.isCloud()) {
                assertThat(CloudScene.budget(server, "tokens", "spent")).isEqualTo(most(one, path));
                assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
            }
        });
    }

    /** A token for two bytes of the request as it was sent, and the most that the answer could be. */
    private static String most(ScriptedBackend asked, String path) {
        long input = asked.requests().get(0).body().length / 2L + 1;
        boolean limited = path.equals("/v1/chat/completions") || path.equals("/v1/messages");
        return String.valueOf(input + (limited ? 100 : UNLIMITED));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void cutMidStream(Spoken spoken, String path) throws Exception {
        breaksOff(spoken, path, "", ScriptedBackend.Line::close);
        breaksOff(spoken, path, "", ScriptedBackend.Line::reset);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void stallMidStream(Spoken spoken, String path) throws Exception {
        breaksOff(spoken, path, ",'timeouts':{'idle':'50ms'}", ScriptedBackend.Line::awaitDeparture);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void malformedChunk(Spoken spoken, String path) throws Exception {
        breaksOff(spoken, path, "", line -> {
            line.send("zz\r\n");
            line.awaitDeparture();
        });
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void malformedFrame(Spoken spoken, String path) throws Exception {
        if (spoken.isCloud()) { // What a host says is the client's, byte for byte.
            breaksOff(spoken, path, "", line -> {
                line.chunk("data: {\"choices\":[{\n\n" + spoken.second + spoken.last);
                line.send("0\r\n\r\n");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void missingTerminator(Spoken spoken, String path) throws Exception {
        breaksOff(spoken, path, "", line -> line.send("0\r\n\r\n"));
        breaksOff(spoken, path, "", line -> {
            line.chunk(spoken.second);
            line.send("0\r\n\r\n");
        });
    }

    @ParameterizedTest
    @EnumSource
    void missingTerminator_beforeAnyWord_isTheNextOnes(Spoken spoken) throws Exception {
        scene(spoken)
                .run(
                        line -> line.send(spoken.head + "0\r\n\r\n"),
                        "",
                        (server, one, two) -> FailureScene.assertWhole(FailureScene.chat(server), "second"));
    }

    @ParameterizedTest
    @EnumSource
    void contentFilter_cutsTheAnswer(Spoken spoken) throws Exception {
        String cut = spoken.last
                .replace("\"finish_reason\":\"stop\"", "\"finish_reason\":\"content_filter\"")
                .replace("end_turn", "refusal")
                .replace("\"finishReason\":\"STOP\"", "\"finishReason\":\"SAFETY\"")
                .replace("\"done_reason\":\"stop\"", "\"done_reason\":\"content_filter\"");
        assertThat(cut).isNotEqualTo(spoken.last);
        scene(spoken).run(line -> spoken.stream(line, spoken.first, cut), "", (server, one, two) -> {
            RawClient.Reply reply = FailureScene.chat(server);
            assertThat(reply.text())
                    .contains("Bon", "\"done_reason\":\"content_filter\"")
                    .doesNotContain("\"done_reason\":\"stop\"");
            assertThat(two.requests()).isEmpty();
            scene(spoken).assertSpent(server, 10);
        });
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OLLAMA")
    void accounting(Spoken spoken) throws Exception {
        FailureScene scene = scene(spoken);
        scene.run(spoken::good, "", (server, one, two) -> {
            FailureScene.chat(server);
            scene.assertSpent(server, 10);
            assertThat(CloudScene.budget(server, "USD", "spent")).isEqualTo("0.1");
            assertThat(CloudScene.budget(server, "requests", "spent")).isEqualTo("1");
        });
        Script mute = line -> spoken.stream(line, spoken.first, spoken.second, spoken.lastWithoutUsage());
        scene.run(mute, "", (server, one, two) -> {
            FailureScene.assertWhole(FailureScene.chat(server), "first");
            scene.assertSpent(server, Long.parseLong(most(one, "/api/chat")));
        });
        scene.run(ScriptedBackend.Line::reset, "", (server, one, two) -> {
            FailureScene.assertWhole(FailureScene.chat(server), "second");
            scene.assertSpent(server, 10 + Long.parseLong(most(one, "/api/chat")));
            assertThat(CloudScene.budget(server, "requests", "spent"))
                    .as("nobody knows whether it was worked on")
                    .isEqualTo("2");
        });
        scene.run(spoken.refusing("500 Oops", "", "oops"), "", (server, one, two) -> {
            FailureScene.assertWhole(FailureScene.chat(server), "second");
            scene.assertSpent(server, 10);
            assertThat(CloudScene.budget(server, "requests", "spent")).isEqualTo("1");
        });
    }
}

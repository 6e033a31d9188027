package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The ways a backend fails before its first word, each with a host and a cloud of every dialect: who asked sees a whole
 * answer from the next, or an error that says what happened.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class FailureCatalogueTest {
    @Parameter
    int loops;

    @TempDir
    Path directory;

    private FailureScene scene(Spoken spoken) throws IOException {
        return new FailureScene(loops, directory, spoken);
    }

    /** The second answers in its stead; what the first did costs nothing. */
    private void movesOn(Spoken spoken, Script bad, String extra, boolean free) throws Exception {
        FailureScene scene = scene(spoken);
        scene.run(bad, extra, (server, one, two) -> {
            RawClient.Reply reply = FailureScene.chat(server);
            FailureScene.assertWhole(reply, "second");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
            assertThat(one.requests()).as("never the same backend twice").hasSize(1);
            assertThat(two.requests()).hasSize(1);
            if (free) {
                scene.assertSpent(server, 10);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void tooManyRequests_withRetryAfter(Spoken spoken) throws Exception {
        Script busy = spoken.refusing("429 Too Many Requests", "Retry-After: 60\r\n", "slow down");
        scene(spoken).run(busy, "", (server, one, two) -> {
            FailureScene.assertWhole(FailureScene.chat(server), "second");
            RawClient.Reply again = FailureScene.chat(server);
            FailureScene.assertWhole(again, "second");
            assertThat(again.field("X-Essaim-Attempts")).isEqualTo("1");
            assertThat(one.requests())
                    .as("it is left alone as long as it asked for")
                    .hasSize(1);
            scene(spoken).assertSpent(server, 20);
        });
    }

    @ParameterizedTest
    @EnumSource
    void tooManyRequests_withoutRetryAfter(Spoken spoken) throws Exception {
        Script busy = spoken.refusing("429 Too Many Requests", "", "slow down");
        movesOn(spoken, busy, "", true);
        scene(spoken).run(busy, busy, "", (server, one, two) -> {
            RawClient.Reply reply = FailureScene.chat(server);
            assertThat(reply.status()).as("what may heal soon").isIn(429, 503);
            FailureScene.assertRefused(reply, reply.status(), "");
            scene(spoken).assertSpent(server, 0);
        });
    }

    @ParameterizedTest
    @EnumSource
    void serverError(Spoken spoken) throws Exception {
        Script broken = spoken.refusing("500 Internal Server Error", "", "oops");
        movesOn(spoken, broken, "", true);
        scene(spoken).run(broken, broken, "", (server, one, two) -> {
            RawClient.Reply reply = FailureScene.chat(server);
            FailureScene.assertRefused(reply, spoken.isCloud() ? 503 : 500, spoken.isCloud() ? "dev2 is down" : "oops");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
            scene(spoken).assertSpent(server, 0);
        });
    }

    @ParameterizedTest
    @EnumSource
    void unavailable(Spoken spoken) throws Exception {
        movesOn(spoken, spoken.refusing("503 Service Unavailable", "", "overloaded"), "", true);
        movesOn(spoken, FailoverTest.answering("503 Service Unavailable", "", ""), "", true);
    }

    @ParameterizedTest
    @EnumSource
    void connectionReset(Spoken spoken) throws Exception {
        movesOn(spoken, ScriptedBackend.Line::reset, "", false);
        movesOn(
                spoken,
                line -> {
                    line.send(spoken.head);
                    line.chunk(spoken.first.substring(0, 12));
                    line.reset();
                },
                "",
                false);
    }

    @ParameterizedTest
    @EnumSource
    void noResponse(Spoken spoken) throws Exception {
        String soon = ",'timeouts':{'firstToken':'100ms'}";
        movesOn(spoken, ScriptedBackend.Line::awaitDeparture, soon, false);
        Script headOnly = line -> {
            line.send(spoken.head);
            line.awaitDeparture();
        };
        scene(spoken).run(headOnly, headOnly, soon, (server, one, two) -> {
            RawClient.Reply reply = FailureScene.chat(server);
            FailureScene.assertRefused(reply, spoken.isCloud() ? 503 : 504, "");
            await("both are left").until(() -> one.departures() + two.departures() == 2);
        });
    }

    @ParameterizedTest
    @EnumSource
    void slowFirstToken(Spoken spoken) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Script slow = line -> {
            line.await(gate);
            spoken.good(line);
        };
        scene(spoken).run(slow, ",'timeouts':{'heartbeat':'1ms'}", (server, one, two) -> {
            FailureScene.assertSaysAll(waitsFor(server.port(), gate));
            assertThat(two.requests()).as("nobody else is asked").isEmpty();
            scene(spoken).assertSpent(server, 10);
        });
    }

    @ParameterizedTest
    @EnumSource
    void slowFirstToken_thatNeverComes_isTheNextOnes(Spoken spoken) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Script slow = line -> {
            line.await(gate);
            spoken.refusing("500 Internal Server Error", "", "oops").play(line);
        };
        scene(spoken).run(slow, ",'timeouts':{'heartbeat':'1ms'}", (server, one, two) -> {
            FailureScene.assertSaysAll(waitsFor(server.port(), gate));
            assertThat(two.requests()).hasSize(1);
            scene(spoken).assertSpent(server, 10);
        });
    }

    /** Opens the gate when a sign of life has come; what comes, to its proper end. */
    private static String waitsFor(int port, CountDownLatch gate) throws IOException {
        StringBuilder all = new StringBuilder();
        try (RawClient client = new RawClient(port)) {
            client.sendPost("/agents/rssi/api/chat", CloudScene.CHAT);
            assertThat(client.readHead().status()).isEqualTo(200);
            for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                gate.countDown();
                all.append(new String(chunk, StandardCharsets.UTF_8));
            }
        }
        return all.toString();
    }

    @ParameterizedTest
    @EnumSource
    void flapping(Spoken spoken) throws Exception {
        AtomicInteger turn = new AtomicInteger();
        Script flapping = line -> {
            if (turn.getAndIncrement() % 2 == 0) {
                spoken.refusing("500 Internal Server Error", "", "oops").play(line);
            } else {
                spoken.good(line);
            }
        };
        scene(spoken).run(flapping, "", (server, one, two) -> {
            int asked = 12;
            for (int i = 0; i < asked; i++) {
                RawClient.Reply reply = FailureScene.chat(server);
                FailureScene.assertWhole(reply, reply.field("X-Essaim-Backend"));
            }
            assertThat(one.requests())
                    .as("it gets its chances, and then a rest")
                    .hasSizeBetween(2, asked - 1);
            assertThat(two.requests()).isNotEmpty();
            scene(spoken).assertSpent(server, 10L * asked);
        });
    }

    @ParameterizedTest
    @EnumSource
    void contextLengthExceeded(Spoken spoken) throws Exception {
        Script tooLong = spoken.refusing("400 Bad Request", "", spoken.tooLong());
        scene(spoken).run(tooLong, "", (server, one, two) -> {
            for (int i = 0; i < 5; i++) {
                FailureScene.assertRefused(
                        FailureScene.chat(server), 400, "the input length exceeds the context length");
            }
            assertThat(one.requests())
                    .as("a long prompt says nothing against it")
                    .hasSize(5);
            assertThat(two.requests())
                    .as("the client shortens, nobody else is asked")
                    .isEmpty();
            scene(spoken).assertSpent(server, 0);
        });
    }

    @ParameterizedTest
    @EnumSource
    void contentFilter_refusesThePrompt(Spoken spoken) throws Exception {
        Script refuses = spoken == Spoken.GEMINI
                ? line -> spoken.stream(line, "data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"}}\n\n")
                : spoken.refusing("400 Bad Request", "", "blocked by the content_filter");
        scene(spoken).run(refuses, "", (server, one, two) -> {
            for (int i = 0; i < 5; i++) {
                FailureScene.assertRefused(FailureScene.chat(server), 400, "filter");
            }
            assertThat(one.requests())
                    .as("a bad prompt says nothing against it")
                    .hasSize(5);
            assertThat(two.requests()).as("nobody else is shown it").isEmpty();
        });
    }

    @ParameterizedTest
    @EnumSource
    void prefillRejected(Spoken spoken) throws Exception {
        Script rejects = spoken.refusing("400 Bad Request", "", spoken.noPrefill());
        String begun = CloudScene.CHAT.replace("}]", "},{\"role\":\"assistant\",\"content\":\"Bon\"}]");
        scene(spoken).run(rejects, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", begun);
            assertThat(one.requests().get(0).bodyText()).contains("Bon");
            if (spoken.isCloud()) {
                FailureScene.assertWhole(reply, "second");
                scene(spoken).assertSpent(server, 10);
            } else {
                FailureScene.assertRefused(reply, 400, spoken.noPrefill());
                assertThat(two.requests()).isEmpty();
            }
        });
    }
}

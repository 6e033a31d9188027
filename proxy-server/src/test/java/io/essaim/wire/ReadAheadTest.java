package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A cloud answers what the host would read for too long; the host reads it afterwards, and answers the next turn. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ReadAheadTest {
    private static final String SPEED = "'speed':{'tokensPerSecond':50,'promptTokensPerSecond':20}";
    private static final String GATE = ",'gate':{'ttft':'20s'}";

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private static final String NEXT =
            ",{\"role\":\"assistant\",\"content\":\"Nothing.\"},{\"role\":\"user\",\"content\":\"And bees?\"}";

    /** @param more messages, each after a comma */
    private static String chat(String stream, String more) {
        String text = "What do ants say to one another when they meet? ".repeat(60);
        return "{\"model\":\"llama3.2\"," + stream + "\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}"
                + more + "]}";
    }

    private interface Trial {
        void run(TestServer server, ScriptedBackend host) throws Exception;
    }

    /** The host plays this for its first request, and answers well after that. */
    private void run(ScriptedBackend.Script first, Trial trial) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    if (asked.getAndIncrement() == 0) {
                        first.play(line);
                    } else {
                        FailoverTest.good(line);
                    }
                });
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = new CloudScene(loops, directory).server(host, SPEED, one, two, GATE)) {
            trial.run(server, host);
        }
    }

    private static void assertAnswers(TestServer server, String who, String path, String body) throws Exception {
        RawClient.Reply reply = CloudScene.ask(server, path, body);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.complete()).isTrue();
        assertThat(reply.field("X-Essaim-Backend")).isEqualTo(who);
    }

    /** Answers at once, and says that it took as long as the rules foresee: the host stays too slow for the gate. */
    private static void slowly(ScriptedBackend.Line line) throws IOException {
        line.send(FailoverTest.HEAD);
        line.chunk(FailoverTest.TOKEN);
        line.chunk(FailoverTest.DONE.replace(
                "\"done\":true",
                "\"done\":true,\"prompt_eval_count\":800,\"prompt_eval_duration\":40000000000,"
                        + "\"eval_count\":2,\"eval_duration\":40000000,\"total_duration\":40040000000"));
        line.send("0\r\n\r\n");
    }

    private static void begins(ScriptedBackend.Line line) throws IOException {
        line.send(FailoverTest.HEAD);
        line.chunk(FailoverTest.TOKEN);
        line.awaitDeparture();
    }

    private static void beginsEvents(ScriptedBackend.Line line) throws IOException {
        line.send(CloudScene.HEAD);
        line.chunk(CloudScene.FIRST);
        line.awaitDeparture();
    }

    @Test
    void theHostReadsWhatACloudAnswered_isLeftAtItsFirstToken_andAnswersTheNextTurn() throws Exception {
        run(ReadAheadTest::begins, (server, host) -> {
            assertAnswers(server, "gemini", "/api/chat", chat("", ""));
            await("the host has read").until(() -> host.departures() == 1);
            assertThat(host.requests()).singleElement().satisfies(request -> {
                assertThat(request.requestLine()).isEqualTo("POST /api/chat HTTP/1.1");
                assertThat(request.bodyText()).isEqualTo(chat("", ""));
                assertThat(request.head()).doesNotContain(CloudScene.KEY);
            });
            await("the slot is free").until(() -> server.backend("dev2").inFlight() == 0);
            assertAnswers(server, "dev2", "/api/chat", chat("", NEXT));
            assertThat(host.requests()).hasSize(2);
        });
    }

    @Test
    void readsInTheClientsOwnDialect() throws Exception {
        run(ReadAheadTest::beginsEvents, (server, host) -> {
            String body = chat("\"stream\":true,", "");
            assertAnswers(server, "gemini", "/v1/chat/completions", body);
            await("the host has read").until(() -> host.departures() == 1);
            assertThat(host.requests()).singleElement().satisfies(request -> {
                assertThat(request.requestLine()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
                assertThat(request.bodyText()).isEqualTo(body);
            });
            await("the slot is free").until(() -> server.backend("dev2").inFlight() == 0);
            assertAnswers(server, "dev2", "/v1/chat/completions", chat("\"stream\":true,", NEXT));
        });
    }

    /** A whole answer would have to be written to its end before the host could be left. */
    @Test
    void readsOnlyWhatIsStreamed() throws Exception {
        run(ReadAheadTest::begins, (server, host) -> {
            String whole = chat("\"stream\":false,", "");
            assertAnswers(server, "gemini", "/api/chat", whole);
            assertAnswers(server, "gemini", "/api/chat", chat("", ""));
            await("the host has read").until(() -> host.departures() == 1);
            assertThat(host.requests())
                    .singleElement()
                    .satisfies(request -> assertThat(request.bodyText()).isEqualTo(chat("", "")));
        });
    }

    /** Both would be due at once, the older one first. */
    @Test
    void whatTheHostAnsweredItself_isNotReadOnceMore() throws Exception {
        AtomicInteger refusals = new AtomicInteger(2);
        ScriptedBackend.Script broken = line -> {
            if (refusals.getAndDecrement() > 0) {
                line.json("500 Internal Server Error", "{}");
            } else {
                CloudScene.answers(line);
            }
        };
        AtomicInteger asked = new AtomicInteger();
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    if (asked.getAndIncrement() == 0) {
                        slowly(line);
                    } else {
                        begins(line);
                    }
                });
                ScriptedBackend one = CloudScene.cloud(broken);
                ScriptedBackend two = CloudScene.cloud(broken);
                TestServer server = new CloudScene(loops, directory).server(host, SPEED, one, two, GATE)) {
            assertAnswers(server, "dev2", "/api/chat", chat("", ""));
            String other = chat("", "").replace("ants", "wasps");
            assertAnswers(server, "gemini", "/api/chat", other);
            await("the host has read").until(() -> host.departures() == 1);
            assertThat(host.requests()).hasSize(2);
            assertThat(host.requests().get(1).bodyText()).isEqualTo(other);
        }
    }

    @Test
    void aHostThatWillNot_isNotBelievedToHaveRead() throws Exception {
        run(line -> line.json("500 Internal Server Error", "{\"error\":\"no\"}"), (server, host) -> {
            assertAnswers(server, "gemini", "/api/chat", chat("", ""));
            await("the host was asked").until(() -> host.requests().size() == 1);
            await("the slot is free").until(() -> server.backend("dev2").inFlight() == 0);
            assertAnswers(server, "gemini", "/api/chat", chat("", NEXT));
        });
    }
}

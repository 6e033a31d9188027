package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A host that says nothing for three seconds is not waited for alone, if the agent's rule says so. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class HedgeTest {
    private static final String RULES = ",\"admin\":{\"port\":0},\"agents\":{\"h\":{\"hedge\":true},"
            + "\"two\":{\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b2\"]]}]}}";

    private static final String DONE =
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                    + "\"total_duration\":300000000,\"load_duration\":1000000,\"prompt_eval_count\":20,"
                    + "\"prompt_eval_duration\":100000000,\"eval_count\":20,\"eval_duration\":190000000}\n";

    @Parameter
    int loops;

    private final CountDownLatch gate = new CountDownLatch(1);
    private volatile Script firstPlays = HedgeTest::good;
    private volatile Script secondPlays = HedgeTest::good;

    private static void good(ScriptedBackend.Line line) throws IOException {
        line.send(FailoverTest.HEAD);
        line.chunk(FailoverTest.TOKEN);
        line.chunk(DONE);
        line.send("0\r\n\r\n");
    }

    private void hangThenGood(ScriptedBackend.Line line) throws IOException, InterruptedException {
        line.await(gate);
        good(line);
    }

    private static RawClient ask(TestServer server, String agent) throws Exception {
        return new RawClient(server.port()).sendPost("/agents/" + agent + "/api/chat", FailoverTest.CHAT);
    }

    /** What happens with both hosts up and known. */
    private interface Scene {
        void play(ScriptedBackend first, ScriptedBackend second, TestServer server) throws Exception;
    }

    private void play(Scene scene) throws Exception {
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(line -> firstPlays.play(line));
                ScriptedBackend second = ScriptedBackend.with("llama3.2:latest").plays(line -> secondPlays.play(line));
                TestServer server = TestServer.tiers(loops, RULES, first, second)) {
            for (String agent : List.of("h", "h", "h", "h", "two", "two", "two", "two")) {
                try (RawClient client = ask(server, agent)) {
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            assertThat(first.requests()).hasSize(4);
            assertThat(second.requests()).hasSize(4);
            firstPlays = this::hangThenGood;
            scene.play(first, second, server);
        }
    }

    private static void untilBothAreAsked(ScriptedBackend second) {
        await().atMost(Duration.ofSeconds(20)).until(() -> second.requests().size() == 5);
    }

    private static JsonNode page(TestServer server, String path) throws Exception {
        return new JsonMapper()
                .readTree(RawClient.get(server.server().adminPort(), path).bytes());
    }

    private static void answered(RawClient.Reply reply, String by) {
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo(FailoverTest.TOKEN + DONE);
        assertThat(reply.complete()).isTrue();
        assertThat(reply.field("X-Essaim-Backend")).isEqualTo(by);
    }

    private static List<String> latest(TestServer server) throws Exception {
        String id = page(server, "/why").path("requests").path(0).path("id").asString();
        JsonNode why = page(server, "/why/" + id);
        return why.path("steps")
                .valueStream()
                .map(step -> step.path("step").asString())
                .toList();
    }

    @Test
    void theSecondAnswers_andTheFirstIsLeft() throws Exception {
        play((first, second, server) -> {
            firstPlays = ScriptedBackend.Line::awaitDeparture;
            try (RawClient client = ask(server, "h")) {
                answered(client.read(), "b2");
            }
            await().until(() -> first.departures() == 1);
            assertThat(page(server, "/status").path("hedges").toString()).isEqualTo("{\"sent\":1,\"won\":1}");
            assertThat(latest(server)).containsExactly("chosen", "sent", "hedged", "sent", "alone", "begun", "wrote");
            assertThat(page(server, "/why")
                            .path("requests")
                            .path(0)
                            .path("outcome")
                            .asString())
                    .isEqualTo("ok hedged=won");
            assertThat(page(server, "/why")
                            .path("requests")
                            .path(0)
                            .path("backend")
                            .asString())
                    .isEqualTo("b2");
        });
    }

    @Test
    void theFirstAnswersAllTheSame_andTheSecondIsLeft() throws Exception {
        play((first, second, server) -> {
            secondPlays = ScriptedBackend.Line::awaitDeparture;
            try (RawClient client = ask(server, "h")) {
                untilBothAreAsked(second);
                gate.countDown();
                answered(client.read(), "b1");
            }
            await().until(() -> second.departures() == 1);
            assertThat(page(server, "/status").path("hedges").toString()).isEqualTo("{\"sent\":1,\"won\":0}");
        });
    }

    @Test
    void theSecondFails_andTheFirstIsWaitedFor() throws Exception {
        play((first, second, server) -> {
            secondPlays = FailoverTest.answering("500 Internal Server Error", "", "{\"error\":\"no\"}");
            try (RawClient client = ask(server, "h")) {
                untilBothAreAsked(second);
                await().until(() -> latest(server).contains("failed"));
                gate.countDown();
                answered(client.read(), "b1");
            }
        });
    }

    @Test
    void theFirstFails_andTheSecondIsTheNextAttempt() throws Exception {
        play((first, second, server) -> {
            CountDownLatch later = new CountDownLatch(1);
            firstPlays = line -> {
                line.await(gate);
                line.reset();
            };
            secondPlays = line -> {
                line.await(later);
                good(line);
            };
            try (RawClient client = ask(server, "h")) {
                untilBothAreAsked(second);
                gate.countDown();
                await().until(() -> latest(server).contains("failed"));
                later.countDown();
                RawClient.Reply reply = client.read();
                answered(reply, "b2");
                assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
            }
            assertThat(second.requests()).as("it is not asked again").hasSize(5);
        });
    }

    @Test
    void theClientLeaves_andBothAreLeft() throws Exception {
        play((first, second, server) -> {
            firstPlays = ScriptedBackend.Line::awaitDeparture;
            secondPlays = ScriptedBackend.Line::awaitDeparture;
            try (RawClient client = ask(server, "h")) {
                untilBothAreAsked(second);
                client.close();
            }
            await().until(() -> first.departures() == 1 && second.departures() == 1);
        });
    }
}

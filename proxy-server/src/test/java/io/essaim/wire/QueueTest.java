package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One host with one slot: what has no slot waits in the proxy, in fair order, and is refused honestly. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class QueueTest {
    private static final String CHAT = FailoverTest.CHAT.replace("{\"model\"", "{\"stream\":false,\"model\"");
    private static final String AGENTS = "\"agents\":{\"a\":{},\"b\":{},\"night\":{\"class\":\"batch\"}}";

    @Parameter
    int loops;

    private final Semaphore answers = new Semaphore(0);

    /** Answers each request when it may, with the prompt that it got. */
    private ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(line -> {
            answers.acquire();
            FailoverTest.answering("200 OK", "", "{\"done\":true}").play(line);
        });
    }

    private TestServer server(ScriptedBackend host, String queue) {
        return TestServer.start(
                loops,
                "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + host.url() + "\",\"slots\":1}},"
                        + "\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}],"
                        + AGENTS + ",\"queue\":" + queue + "}");
    }

    private static RawClient ask(TestServer server, String agent, String prompt) throws Exception {
        return new RawClient(server.port()).sendPost("/agents/" + agent + "/api/chat", CHAT.replace("hi", prompt));
    }

    /** Asks, and is waiting when this returns. */
    private static RawClient queued(TestServer server, String agent, String prompt) throws Exception {
        int before = server.waiting();
        RawClient client = ask(server, agent, prompt);
        await().until(() -> server.waiting() == before + 1);
        return client;
    }

    private static List<String> prompts(ScriptedBackend host) {
        return host.requests().stream()
                .map(request -> request.bodyText().replaceAll(".*\"content\":\"([^\"]*)\".*", "$1"))
                .toList();
    }

    @Test
    void theAdminPagesSayWhoWaits_andInWhichOrder() throws Exception {
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{\"maxWaiting\":8},\"admin\":{\"port\":0}");
                RawClient first = ask(server, "a", "1")) {
            await().until(() -> host.requests().size() == 1);
            try (RawClient batch = queued(server, "night", "2");
                    RawClient second = queued(server, "b", "3")) {
                JsonNode queues = new JsonMapper()
                        .readTree(RawClient.get(server.server().adminPort(), "/status")
                                .bytes())
                        .path("queues");
                assertThat(queues).hasSize(1);
                JsonNode waiting = queues.path(0).path("waiting");
                assertThat(waiting).hasSize(2);
                assertThat(waiting.path(0).path("agent").asString()).isEqualTo("b");
                assertThat(waiting.path(0).path("position").asInt()).isEqualTo(1);
                assertThat(waiting.path(1).path("agent").asString()).isEqualTo("night");
                assertThat(waiting.path(1).path("class").asString()).isEqualTo("batch");
                answers.release(3);
                assertThat(first.read().status()).isEqualTo(200);
                assertThat(second.read().status()).isEqualTo(200);
                assertThat(batch.read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void oneAtATime_inFairOrder_interactiveFirst() throws Exception {
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{}")) {
            List<RawClient> clients = new ArrayList<>();
            clients.add(ask(server, "a", "a1"));
            await().until(() -> host.requests().size() == 1);
            for (String prompt : List.of("n1", "a2", "a3", "b1")) {
                clients.add(queued(server, prompt.startsWith("n") ? "night" : prompt.substring(0, 1), prompt));
            }
            assertThat(host.requests()).as("only what there is a slot for").hasSize(1);
            answers.release(clients.size());
            for (RawClient client : clients) {
                RawClient.Reply reply = client.read();
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.text()).isEqualTo("{\"done\":true}");
                client.close();
            }
            assertThat(prompts(host)).containsExactly("a1", "a2", "b1", "a3", "n1");
        }
    }

    @Test
    void whenTheQueueIsFull_theRefusalIsOllamasOwn() throws Exception {
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{\"maxWaiting\":1}");
                RawClient running = ask(server, "a", "one")) {
            await().until(() -> host.requests().size() == 1);
            try (RawClient waiting = queued(server, "a", "two");
                    RawClient third = ask(server, "a", "three")) {
                RawClient.Reply refused = third.read();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.text()).isEqualTo(FailoverTest.BUSY);
                assertThat(refused.field("X-Essaim-Reason")).isEqualTo("saturated");
                assertThat(Integer.parseInt(refused.field("Retry-After"))).isBetween(1, 60);
                answers.release(2);
                assertThat(running.read().status()).isEqualTo(200);
                assertThat(waiting.read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void whenTheBodiesThatWaitAreTooLarge_theRefusalSaysSo_andSoDoTheAdminPages() throws Exception {
        String half = "x".repeat(600);
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{\"maxBytes\":\"1KiB\"},\"admin\":{\"port\":0}");
                RawClient running = ask(server, "a", "one")) {
            await().until(() -> host.requests().size() == 1);
            try (RawClient waiting = queued(server, "a", half);
                    RawClient third = ask(server, "a", half)) {
                RawClient.Reply refused = third.read();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.text()).isEqualTo(FailoverTest.BUSY);
                assertThat(refused.field("X-Essaim-Reason")).isEqualTo("queue_bytes");
                assertThat(Integer.parseInt(refused.field("Retry-After"))).isBetween(1, 60);
                JsonNode figures = new JsonMapper()
                        .readTree(RawClient.get(server.server().adminPort(), "/status")
                                .bytes())
                        .path("waiting");
                assertThat(figures.path("requests").asInt()).isEqualTo(1);
                assertThat(figures.path("bytes").asInt())
                        .isEqualTo(CHAT.replace("hi", half).length());
                assertThat(figures.path("ended").path("refused").asInt()).isEqualTo(1);
                assertThat(figures.path("refused").toString()).isEqualTo("{\"queue_bytes\":1}");
                answers.release(2);
                assertThat(running.read().status()).isEqualTo(200);
                assertThat(waiting.read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void whoWaitsTooLong_isRefused() throws Exception {
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{\"deadline\":\"6s\"}");
                RawClient running = ask(server, "a", "one")) {
            await().until(() -> host.requests().size() == 1);
            try (RawClient tooLate = queued(server, "a", "two")) {
                // An answer takes five seconds as long as nothing is known: a third one would wait for ten.
                RawClient.Reply atOnce;
                try (RawClient third = ask(server, "a", "three")) {
                    atOnce = third.read();
                }
                assertThat(atOnce.status()).isEqualTo(503);
                assertThat(atOnce.field("X-Essaim-Reason")).isEqualTo("deadline");
                RawClient.Reply refused = tooLate.read();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.text()).isEqualTo(FailoverTest.BUSY);
                assertThat(refused.field("X-Essaim-Reason")).isEqualTo("deadline");
                answers.release();
                assertThat(running.read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void whoLeaves_isForgotten_andCostsTheHostNothing() throws Exception {
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{}");
                RawClient running = ask(server, "a", "one")) {
            await().until(() -> host.requests().size() == 1);
            RawClient leaver = queued(server, "a", "two");
            try (RawClient stayer = queued(server, "a", "three")) {
                leaver.close();
                await().until(() -> server.waiting() == 1);
                answers.release(2);
                assertThat(running.read().status()).isEqualTo(200);
                assertThat(stayer.read().status()).isEqualTo(200);
            }
            assertThat(prompts(host)).containsExactly("one", "three");
        }
    }

    @Test
    void aStreamIsKeptAwakeWhileItWaits() throws Exception {
        try (ScriptedBackend host = host();
                TestServer server = server(host, "{},\"timeouts\":{\"heartbeat\":\"1ms\"}");
                RawClient running = ask(server, "a", "one")) {
            await().until(() -> host.requests().size() == 1);
            try (RawClient stream = new RawClient(server.port()).sendPost("/api/chat", FailoverTest.CHAT)) {
                assertThat(stream.readHead().status()).isEqualTo(200);
                assertThat(new String(stream.readChunk(), StandardCharsets.UTF_8))
                        .contains("\"done\":false");
                assertThat(host.requests()).hasSize(1);
            }
            await().until(() -> server.waiting() == 0);
            answers.release();
            assertThat(running.read().status()).isEqualTo(200);
        }
    }

    @Test
    void whereABetterHostIsDown_theRefusalNamesIt_andWhyShowsTheCandidates() throws Exception {
        try (ScriptedBackend standby = host();
                ScriptedBackend best = host();
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0},\"admin\":{\"port\":0},\"backends\":{\"best\":{\"url\":\""
                                + best.url()
                                + "\",\"slots\":1},\"standby\":{\"url\":\"" + standby.url() + "\",\"slots\":1}},"
                                + "\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"best\"],[\"standby\"]]}],"
                                + AGENTS + ",\"queue\":{\"maxWaiting\":0}}")) {
            best.close();
            await().until(() -> server.backend("best").health() == Backend.Health.DOWN);
            try (RawClient first = ask(server, "a", "1")) {
                await().until(() -> standby.requests().size() == 1);
                try (RawClient second = ask(server, "a", "2")) {
                    RawClient.Reply refused = second.read();
                    assertThat(refused.status()).isEqualTo(503);
                    assertThat(refused.text())
                            .contains(
                                    "server busy, please try again.  maximum pending requests exceeded; best is down (");
                    JsonNode step = new JsonMapper()
                            .readTree(RawClient.get(
                                            server.server().adminPort(), "/why/" + refused.field("X-Essaim-Route-Id"))
                                    .bytes())
                            .path("steps")
                            .valueStream()
                            .filter(one -> one.path("step").asString().equals("refused"))
                            .findFirst()
                            .orElseThrow();
                    assertThat(step.path("message").asString()).contains("best is down (");
                    assertThat(step.path("candidates")
                                    .valueStream()
                                    .map(one -> one.path("backend").asString() + " "
                                            + one.path("standing").asString()))
                            .containsExactly("best down", "standby full");
                }
                answers.release();
                assertThat(first.read().status()).isEqualTo(200);
            }
        }
    }
}

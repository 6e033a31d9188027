package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.testing.FaultyTicker;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** An exception of the proxy's own ends one request, says so, and is held against no backend. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class InternalFaultTest {
    private static final String EVENT =
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}}]}\n\n";

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private final FaultyTicker ticker = new FaultyTicker(0);

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
    }

    private TestServer server(int slots, ScriptedBackend first, ScriptedBackend second) {
        return TestServer.start(loops, """
                {"listen":{"port":0},"timeouts":{"idle":"300ms"},
                 "backends":{"b1":{"url":"%s","slots":%d},"b2":{"url":"%s","slots":4}},
                 "routes":[{"models":["*"],"tiers":[["b1"],["b2"]]}]}
                """.formatted(first.url(), slots, second.url()), ticker);
    }

    private static void assertOurs(RawClient.Reply reply) {
        String id = reply.field("X-Essaim-Route-Id");
        assertThat(reply.status()).isEqualTo(500);
        assertThat(id).isNotEmpty();
        assertThat(reply.text()).contains("the proxy itself failed, no backend did; its log says more under " + id);
        assertThat(reply.text().replace(id, "")).doesNotContain("b1");
    }

    private static void assertWell(Backend backend) {
        assertThat(backend.health()).isEqualTo(Backend.Health.UP);
        assertThat(backend.gate().refresh()).isEqualTo(BreakerGate.Standing.CLOSED);
        assertThat(backend.inFlight()).isZero();
    }

    @Test
    void whileAnAnswerIsRead_itIsNotTheHosts_andNobodyElseIsAsked() throws Exception {
        try (ScriptedBackend first = host();
                ScriptedBackend second = host();
                TestServer server = server(4, first, second)) {
            for (int i = 0; i < 6; i++) { // More than open a breaker.
                ticker.once("Attempt.bytes");
                assertOurs(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT));
                assertThat(ticker.failed()).isTrue();
            }
            assertWell(server.backend("b1"));
            assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT)
                            .text())
                    .isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            assertThat(second.requests()).isEmpty();
        }
    }

    @Test
    void afterTheCommitPoint_itIsOneErrorFrame_andNoProperEnd() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD.replace("application/x-ndjson", "text/event-stream"));
                    line.chunk(EVENT);
                    line.await(gate);
                    line.chunk(EVENT);
                    line.awaitDeparture();
                });
                ScriptedBackend second = host();
                TestServer server = server(4, first, second);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/v1/chat/completions", FailoverTest.CHAT.replace("}]}", "}],\"stream\":true}"));
            String id = client.readHead().field("X-Essaim-Route-Id");
            assertThat(client.readChunk()).isNotEmpty();
            ticker.once("Attempt.bytes");
            gate.countDown();
            assertThat(client.readChunk())
                    .asString(StandardCharsets.UTF_8)
                    .contains("the answer is incomplete: the proxy itself failed")
                    .contains(id);
            assertThat(client.awaitClose()).as("closed without the last chunk").isTrue();
            await().until(() -> first.departures() == 1);
            assertWell(server.backend("b1"));
            assertThat(second.requests()).isEmpty();
        }
    }

    @Test
    void whileACloudAnswers_itIsNotTheClouds_andNoReservationStays() throws Exception {
        CloudScene scene = new CloudScene(loops, directory).by(ticker);
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            for (int i = 0; i < 6; i++) {
                ticker.once("CloudCall.payload");
                assertOurs(CloudScene.ask(server, "/api/chat", CloudScene.CHAT));
            }
            assertThat(two.requests()).isEmpty();
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
            assertThat(server.backend("gemini").gate().refresh()).isEqualTo(BreakerGate.Standing.CLOSED);
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).status())
                    .isEqualTo(200);
        });
    }

    @Test
    void aFailedSweep_isNotTheLast() throws Exception {
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.awaitDeparture();
                });
                ScriptedBackend second = host();
                TestServer server = server(4, first, second);
                RawClient client = new RawClient(server.port())) {
            ticker.once("Loop.sweep");
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            assertThat(client.readChunk()).isNotEmpty();
            await().until(ticker::failed);
            assertThat(client.readChunk())
                    .as("deadlines are still looked after")
                    .asString(StandardCharsets.UTF_8)
                    .contains("it stopped in the middle of its answer");
        }
    }

    @Test
    void aFaultOnceASlotIsFound_losesNoSlot() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    FailoverTest.good(line);
                });
                ScriptedBackend second = ScriptedBackend.with("other:latest");
                TestServer server = server(1, first, second);
                RawClient running = new RawClient(server.port());
                RawClient waiting = new RawClient(server.port())) {
            running.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> first.requests().size() == 1);
            waiting.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> server.waiting() == 1);
            ticker.once("Attempt.<init>");
            gate.countDown();
            assertOurs(waiting.read());
            assertThat(running.read().status()).isEqualTo(200);
            assertWell(server.backend("b1"));
            assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT)
                            .status())
                    .as("the slot is free again")
                    .isEqualTo(200);
        }
    }

    @Test
    void aFaultWhileAWaitingRequestIsChosenFor_isItsOwnEnd_notThatOfWhoFreedTheSlot() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    FailoverTest.good(line);
                });
                ScriptedBackend second = ScriptedBackend.with("other:latest");
                TestServer server = server(1, first, second);
                RawClient running = new RawClient(server.port());
                RawClient waiting = new RawClient(server.port())) {
            running.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> first.requests().size() == 1);
            waiting.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> server.waiting() == 1);
            ticker.once("Selector.chooseFree");
            gate.countDown();
            assertOurs(waiting.read());
            assertThat(running.read().text()).isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            assertThat(server.waiting()).isZero();
            assertWell(server.backend("b1"));
        }
    }

    @Test
    void aFaultAtTheReception_isAnswered_andTheConnectionEnds() throws Exception {
        try (ScriptedBackend first = host();
                ScriptedBackend second = host();
                TestServer server = server(4, first, second)) {
            ticker.once("RequestDispatcher.receive");
            RawClient.Reply reply = RawClient.post(server.port(), "/v1/messages", FailoverTest.CHAT);
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).contains("\"type\":\"error\"").contains("the proxy itself failed");
            await().until(() -> server.server().busy() == 0);
        }
    }
}

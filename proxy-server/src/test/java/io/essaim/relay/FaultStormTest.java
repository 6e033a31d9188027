package io.essaim.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.testing.FaultyTicker;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Exceptions of the proxy's own wherever it asks the time, while many streams run: each ends what it happened to, and nothing is lost. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class FaultStormTest {
    private static final int CLIENTS = 40;
    private static final int STREAMS = 200;
    private static final int FRAMES = 8;

    @Parameter
    int loops;

    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);

    @AfterEach
    void noThreadIsLeft() {
        clients.shutdownNow();
    }

    private static String frame(int number) {
        return "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"" + number
                + " \"},\"done\":false}\n";
    }

    private static String whole() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < FRAMES; i++) {
            text.append(frame(i));
        }
        return text.append(FailoverTest.DONE).toString();
    }

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(line -> {
            line.send(FailoverTest.HEAD);
            if (line.request().bodyText().contains("never ends")) {
                line.chunk(frame(0));
                line.awaitDeparture();
            }
            for (int i = 0; i < FRAMES; i++) {
                line.chunk(frame(i));
            }
            line.chunk(FailoverTest.DONE);
            line.send("0\r\n\r\n");
        });
    }

    private TestServer server(FaultyTicker ticker, ScriptedBackend first, ScriptedBackend second) {
        return TestServer.start(
                loops,
                """
                {"listen":{"port":0},"timeouts":{"idle":"500ms","heartbeat":"300ms"},
                 "backends":{"b1":{"url":"%s","slots":4},"b2":{"url":"%s","slots":4}},
                 "agents":{"default":{"concurrency":%d,"hedge":true}},
                 "routes":[{"models":["*"],"tiers":[["b1","b2"]]}]}
                """
                        .formatted(first.url(), second.url(), CLIENTS),
                ticker);
    }

    /** What a client got is the whole stream, or a part of it and one error. */
    private static String outcome(RawClient.Reply reply) {
        String text = reply.text();
        if (reply.status() == 0) {
            return "closed";
        }
        if (reply.status() != 200) {
            assertThat(reply.status()).as(text).isIn(500, 503);
            assertThat(text).containsOnlyOnce("{\"error\":");
            return reply.status() == 500 ? "refused" : "busy";
        }
        String content = text.replaceAll("\\{\"model\":\"llama3.2\",\"created_at\":[^\n]*\"content\":\"\"[^\n]*\n", "");
        if (reply.complete()) {
            assertThat(content).isEqualTo(whole());
            return "whole";
        }
        int error = content.indexOf("{\"error\":");
        assertThat(error).as("an error ends what is not whole: %s", content).isNotNegative();
        assertThat(whole()).startsWith(content.substring(0, error).stripTrailing());
        assertThat(content).containsOnlyOnce("{\"error\":");
        return "broken off";
    }

    private List<RawClient.Reply> all(int count, Callable<RawClient.Reply> stream) throws Exception {
        List<Callable<RawClient.Reply>> streams = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            streams.add(stream);
        }
        List<RawClient.Reply> replies = new ArrayList<>();
        for (Future<RawClient.Reply> reply : clients.invokeAll(streams)) {
            replies.add(reply.get());
        }
        return replies;
    }

    private static RawClient.Reply stream(TestServer server) {
        try {
            return RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
        } catch (IOException e) { // Reset before an answer.
            return new RawClient.Reply(0, List.of(), List.of(), false);
        }
    }

    @Test
    void everyStreamIsWholeOrEndsInOneError_andNothingIsLost() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        FaultyTicker ticker = new FaultyTicker(seed);
        try (ScriptedBackend first = host();
                ScriptedBackend second = host();
                TestServer server = server(ticker, first, second)) {
            ticker.storm(true);
            List<String> outcomes = all(STREAMS, () -> stream(server)).stream()
                    .map(FaultStormTest::outcome)
                    .toList();
            ticker.storm(false);
            int faults = ticker.faults().values().stream().mapToInt(n -> n.get()).sum();
            System.out.println(faults + " faults in " + ticker.faults().size() + " places: "
                    + outcomes.stream().distinct().map(o -> o + " " + outcomes.stream().filter(o::equals).count()).toList());
            ticker.faults().forEach((place, count) -> System.out.println(count + " " + place));
            assertThat(faults).isGreaterThan(30);
            await().until(() -> server.server().busy() == 0);
            assertThat(server.waiting()).isZero();
            for (Backend backend : List.of(server.backend("b1"), server.backend("b2"))) {
                assertThat(backend.inFlight()).as(backend.name()).isZero();
                assertThat(backend.gate().refresh()).isEqualTo(BreakerGate.Standing.CLOSED);
                await().until(() -> backend.health() == Backend.Health.UP);
            }
            assertThat(all(CLIENTS, () -> stream(server)))
                    .as("every slot and every place of the agent's is free")
                    .allSatisfy(reply -> assertThat(reply.text()).isEqualTo(whole()));
            assertThat(all(8, () -> RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT.replace("hi", "never ends"))))
                    .as("deadlines are looked after on every loop")
                    .allSatisfy(reply -> assertThat(new String(reply.bytes(), StandardCharsets.UTF_8))
                            .contains("it stopped in the middle of its answer"));
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.testing.FaultyTicker;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** Of so many streams one stops after its first frame. */
    private static final int ENDLESS = 10;

    @Parameter
    int loops;

    /** By stream, opened when its client has read something. */
    private final Map<Integer, CountDownLatch> begun = new ConcurrentHashMap<>();

    private final AtomicInteger numbers = new AtomicInteger();
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

    private static String request(int stream, String model) {
        return FailoverTest.CHAT.replace("hi", "stream " + stream).replace("llama3.2", model);
    }

    /** Sends each stream in two parts, so that it also fails between them; the second when the first has been read, or never. */
    private ScriptedBackend host(String model) {
        return ScriptedBackend.with(model).plays(line -> {
            int stream = Integer.parseInt(line.request().bodyText().replaceAll("(?s).*stream (\\d+).*", "$1"));
            line.send(FailoverTest.HEAD);
            line.chunk(frame(0));
            if (stream % ENDLESS == 0) {
                line.awaitDeparture();
            }
            line.await(begun.get(stream));
            for (int i = 1; i < FRAMES; i++) {
                line.chunk(frame(i));
            }
            line.chunk(FailoverTest.DONE);
            line.send("0\r\n\r\n");
        });
    }

    /** The third host's streams hang, which opens its breaker as it should. */
    private TestServer server(
            FaultyTicker ticker, ScriptedBackend first, ScriptedBackend second, ScriptedBackend third) {
        return TestServer.start(loops, """
                {"listen":{"port":0},"timeouts":{"idle":"500ms","heartbeat":"300ms"},
                 "backends":{"b1":{"url":"%s","slots":4},"b2":{"url":"%s","slots":4},
                   "b3":{"url":"%s","slots":4}},
                 "agents":{"default":{"concurrency":%d,"hedge":true}},
                 "routes":[{"models":["hang"],"tiers":[["b3"]]},{"models":["*"],"tiers":[["b1","b2"]]}]}
                """.formatted(first.url(), second.url(), third.url(), CLIENTS), ticker);
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
        String content = text.replaceAll("\\{\"model\":\"[^\"]*\",\"created_at\":[^\n]*\"content\":\"\"[^\n]*\n", "");
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

    private RawClient.Reply stream(TestServer server, int number, String model) {
        begun.put(number, new CountDownLatch(1));
        try (RawClient client = new RawClient(server.port())) {
            RawClient.Reply head =
                    client.sendPost("/api/chat", request(number, model)).readHead();
            List<byte[]> chunks = new ArrayList<>();
            if (!"chunked".equals(head.field("Transfer-Encoding"))) {
                String length = head.field("Content-Length");
                chunks.add(client.readBytes(length == null ? 0 : Integer.parseInt(length)));
                return new RawClient.Reply(head.status(), head.fields(), chunks, true);
            }
            try {
                for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                    chunks.add(chunk);
                    begun.get(number).countDown();
                }
                return new RawClient.Reply(head.status(), head.fields(), chunks, true);
            } catch (EOFException e) {
                return new RawClient.Reply(head.status(), head.fields(), chunks, false);
            }
        } catch (IOException e) { // Reset before an answer.
            return new RawClient.Reply(0, List.of(), List.of(), false);
        } finally {
            begun.get(number).countDown();
        }
    }

    /** One that ends, or one that does not. */
    private RawClient.Reply stream(TestServer server, boolean ends) {
        int ten = ENDLESS * numbers.incrementAndGet();
        int number = ends ? ten + 1 : ten;
        return stream(server, number, "llama3.2");
    }

    @Test
    void everyStreamIsWholeOrEndsInOneError_andNothingIsLost() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        FaultyTicker ticker = new FaultyTicker(seed);
        try (ScriptedBackend first = host("llama3.2:latest");
                ScriptedBackend second = host("llama3.2:latest");
                ScriptedBackend third = host("hang:latest");
                TestServer server = server(ticker, first, second, third)) {
            ticker.storm(true);
            List<String> outcomes = all(STREAMS, () -> {
                        int number = numbers.incrementAndGet();
                        return stream(server, number, number % ENDLESS == 0 ? "hang" : "llama3.2");
                    })
                    .stream()
                    .map(FaultStormTest::outcome)
                    .toList();
            ticker.storm(false);
            assertThat(outcomes).contains("whole", "refused", "broken off");
            int faults =
                    ticker.faults().values().stream().mapToInt(n -> n.get()).sum();
            System.out.println(faults + " faults in " + ticker.faults().size() + " places: "
                    + outcomes.stream()
                            .distinct()
                            .map(o -> o + " "
                                    + outcomes.stream().filter(o::equals).count())
                            .toList());
            assertThat(faults).isGreaterThan(30);
            await().until(() -> server.server().busy() == 0);
            assertThat(server.waiting()).isZero();
            assertThat(server.server().fleet().all())
                    .as("slots")
                    .allSatisfy(backend -> assertThat(backend.inFlight()).isZero());
            for (Backend backend : List.of(server.backend("b1"), server.backend("b2"))) {
                assertThat(backend.gate().refresh())
                        .as("no fault is the host's")
                        .isEqualTo(BreakerGate.Standing.CLOSED);
                assertThat(backend.health()).isEqualTo(Backend.Health.UP);
            }
            assertThat(all(CLIENTS, () -> stream(server, true)))
                    .as("every slot and every place of the agent's is free")
                    .allSatisfy(reply -> assertThat(reply.text()).isEqualTo(whole()));
            assertThat(all(8, () -> stream(server, false)))
                    .as("deadlines are looked after on every loop")
                    .allSatisfy(reply -> assertThat(new String(reply.bytes(), StandardCharsets.UTF_8))
                            .contains("it stopped in the middle of its answer"));
        }
    }
}

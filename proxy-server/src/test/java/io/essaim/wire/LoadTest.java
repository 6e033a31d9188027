package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that is not in memory is loaded once, by a request that no client can abort, and everybody waits for that. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class LoadTest {
    private static final String BEATS = ",\"timeouts\":{\"heartbeat\":\"1ms\"}";
    private static final String CHAT =
            "{\"model\":\"llama3.2\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String DONE = "{\"done\":true,\"done_reason\":\"load\"}";

    @Parameter
    int loops;

    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
    }

    /** Loads when the gate opens, and answers every chat at once. */
    private ScriptedBackend cold() {
        return ScriptedBackend.with("llama3.2:latest", "qwen3:0.6b")
                .cold(true)
                .plays(FailoverTest::good)
                .loads(line -> {
                    line.await(gate);
                    line.json(DONE);
                });
    }

    @Test
    void aClientThatLeaves_doesNotStopTheLoad_andTheNextOneFindsItDone() throws Exception {
        try (ScriptedBackend backend = cold();
                TestServer server = TestServer.tiers(loops, "", backend)) {
            try (RawClient impatient = new RawClient(server.port())) {
                impatient.sendPost("/api/chat", CHAT);
                await("the load").until(() -> backend.loads().size() == 1);
            }
            await("the client is gone").until(() -> server.backend("b1").inFlight() == 0);
            try (RawClient next = new RawClient(server.port())) {
                next.sendPost("/api/chat", CHAT);
                await("it waits").until(() -> server.backend("b1").inFlight() == 1);
                gate.countDown();
                assertThat(next.read().text()).isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            }
            assertThat(RawClient.post(server.port(), "/api/chat", CHAT).status())
                    .isEqualTo(200);
            assertThat(backend.loads()).as("loads").hasSize(1);
            assertThat(backend.requests()).as("chats").hasSize(2);
        }
    }

    private static String chat(int context) {
        return CHAT.replaceFirst("\\{", "{\"options\":{\"num_ctx\":" + context + "},");
    }

    @Test
    void clientsThatEachWantAnotherContext_causeOneLoadAtATime_andOneThatWaits() throws Exception {
        try (ScriptedBackend backend = cold();
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient first = new RawClient(server.port());
                RawClient second = new RawClient(server.port());
                RawClient third = new RawClient(server.port())) {
            first.sendPost("/api/chat", chat(4096));
            await("the load").until(() -> backend.loads().size() == 1);
            second.sendPost("/api/chat", chat(8192));
            await("it waits").until(() -> server.backend("b1").inFlight() == 2);
            third.sendPost("/api/chat", chat(16384));
            assertThat(third.read().status()).as("sent as it is").isEqualTo(200);
            assertThat(backend.loads()).hasSize(1);
            gate.countDown();
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().status()).isEqualTo(200);
            assertThat(backend.loads()).as("loads").hasSize(2);
            assertThat(backend.loads().get(1).bodyText()).contains("\"num_ctx\":8192");
        }
    }

    @Test
    void aContextThatTheModelCannotHave_isRefused_andNothingIsLoaded() throws Exception {
        try (ScriptedBackend backend = cold();
                TestServer server = TestServer.tiers(loops, "", backend)) {
            gate.countDown();
            await("the limit is known").until(() -> {
                RawClient.Reply reply =
                        RawClient.post(server.port(), "/api/chat", chat(ScriptedBackend.LARGEST_CONTEXT + 1));
                return reply.status() == 400;
            });
            int loads = backend.loads().size();
            RawClient.Reply refused = RawClient.post(server.port(), "/api/chat", chat(10_000_000));
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("num_ctx 10000000 is more than").contains("131072");
            assertThat(refused.field("X-Essaim-Reason")).isEqualTo("context");
            assertThat(backend.loads()).hasSize(loads);
            assertThat(RawClient.post(server.port(), "/api/chat", chat(ScriptedBackend.LARGEST_CONTEXT))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aModelThatIsListedWhileItLoads_isNotThereYet() throws Exception {
        try (ScriptedBackend backend = cold();
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient first = new RawClient(server.port());
                RawClient second = new RawClient(server.port())) {
            first.sendPost("/api/chat", CHAT);
            await("the load").until(() -> backend.loads().size() == 1);
            backend.cold(false);
            await("the listing is read")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !server.backend("b1").inventory().loaded().isEmpty());
            second.sendPost("/api/chat", CHAT);
            await("it waits").until(() -> server.backend("b1").inFlight() == 2);
            assertThat(backend.requests()).isEmpty();
            gate.countDown();
            assertThat(first.read().complete()).isTrue();
            assertThat(second.read().complete()).isTrue();
            assertThat(backend.loads()).hasSize(1);
        }
    }

    @Test
    void whoeverWants_waitsForTheSameLoad() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try (ScriptedBackend backend = cold();
                TestServer server = TestServer.tiers(loops, "", backend)) {
            for (int i = 0; i < 4; i++) {
                RawClient client = new RawClient(server.port());
                clients.add(client);
                client.sendPost("/api/chat", CHAT);
            }
            await("all wait").until(() -> server.backend("b1").inFlight() == 4);
            assertThat(backend.requests()).as("before the load is over").isEmpty();
            gate.countDown();
            for (RawClient client : clients) {
                assertThat(client.read().complete()).isTrue();
                client.close();
            }
            assertThat(backend.loads()).hasSize(1);
            assertThat(backend.requests()).hasSize(4);
        }
    }

    @Test
    void aLoadThatFails_sendsTheRequestElsewhere() throws Exception {
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest")
                        .cold(true)
                        .loads(
                                line -> line.json(
                                        "500 Internal Server Error",
                                        "{\"error\":\"model requires more system memory (9.0 GiB) than is available (4.0 GiB)\"}"));
                ScriptedBackend second = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
            assertThat(reply.complete()).isTrue();
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
            assertThat(first.requests()).isEmpty();
        }
    }

    @Test
    void aHostThatDiesWhileItLoads_isLeft() throws Exception {
        try (ScriptedBackend first = cold();
                ScriptedBackend second = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", CHAT);
            await("the load").until(() -> first.loads().size() == 1);
            first.kill();
            assertThat(client.read().field("X-Essaim-Backend")).isEqualTo("b2");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/chat | {\"model\":\"llama3.2\",\"options\":{\"temperature\":0,\"num_ctx\":512,\"num_gpu\":1}} |"
                        + " {\"model\":\"llama3.2:latest\",\"stream\":false,\"options\":{\"num_ctx\":512,\"num_gpu\":1}}",
                "/v1/chat/completions | {\"model\":\"LLAMA3.2\",\"messages\":[]} |"
                        + " {\"model\":\"llama3.2:latest\",\"stream\":false}",
                "/api/embed | {\"model\":\"llama3.2\",\"input\":\"a\"} | {\"model\":\"llama3.2:latest\",\"input\":[]}",
                "/v1/embeddings | {\"model\":\"llama3.2\",\"input\":\"a\"} | {\"model\":\"llama3.2:latest\",\"input\":[]}",
            })
    void itLoadsWhatTheRequestNeeds(String path, String request, String load) throws Exception {
        gate.countDown();
        try (ScriptedBackend backend = cold().plays(line -> line.json("{\"done\":true}"));
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.post(server.port(), path, request);
            assertThat(backend.loads())
                    .extracting(ScriptedBackend.Recorded::bodyText)
                    .containsExactly(load);
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "\"0s\"", "\"0\"", "0.0", "-0"})
    void whatUnloads_isNotLoadedFirst(String keepAlive) throws Exception {
        try (ScriptedBackend backend = cold().plays(line -> line.json("{\"done\":true}"));
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.post(
                    server.port(),
                    "/api/generate",
                    "{\"model\":\"llama3.2\",\"stream\":false,\"keep_alive\":" + keepAlive + "}");
            assertThat(backend.loads()).isEmpty();
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void aWaitingStream_isKeptAwake_andToldHowLongItMayTake() throws Exception {
        try (ScriptedBackend backend = cold();
                TestServer server = TestServer.tiers(loops, BEATS, backend)) {
            assertThat(etaOfOne(server))
                    .as("nothing is known of this host's speed")
                    .isNull();
            server.backend("b1").loadSpeed().observe(1 << 30, TimeUnit.SECONDS.toNanos(300));
            assertThat(etaOfOne(server))
                    .as("98 MB at 300 s per GiB, less what has passed")
                    .matches("2[0-8]");
            gate.countDown();
        }
    }

    private static @Nullable String etaOfOne(TestServer server) throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            RawClient.Reply head = client.sendPost("/api/chat", CHAT).readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(new String(client.readChunk(), StandardCharsets.UTF_8)).contains("\"content\":\"\"");
            return head.field("X-Essaim-Loading-Eta");
        }
    }
}

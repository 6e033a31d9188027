package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that does not read stops its backend, not the memory of the proxy. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class BackpressureTest {
    private static final String LINE = "{\"message\":{\"content\":\"" + "x".repeat(1000) + "\"},\"done\":false}\n";

    @Parameter
    int loops;

    /** Sends lines until told to stop, then ends properly; counts what the kernel took from it. */
    static ScriptedBackend endless(AtomicLong taken, AtomicBoolean enough) {
        byte[] chunk = ScriptedBackend.chunk(LINE);
        return ScriptedBackend.with("llama3.2:latest").plays(line -> {
            line.sendBuffer(16 * 1024);
            line.send(FailoverTest.HEAD);
            while (!enough.get()) {
                line.send(chunk);
                taken.addAndGet(chunk.length);
            }
            line.chunk(FailoverTest.DONE);
            line.send("0\r\n\r\n");
        });
    }

    /** Waits until the backend gets rid of nothing more, and tells how much it got rid of. */
    static long stalled(AtomicLong taken) {
        AtomicLong before = new AtomicLong(-1);
        await("the backend's sending stops")
                .pollInterval(Duration.ofMillis(300))
                .until(() -> {
                    long now = taken.get();
                    return now > 0 && now == before.getAndSet(now);
                });
        return taken.get();
    }

    @Test
    void aClientThatReadsNothing_stopsTheBackend_andWhenItReadsAgainTheStreamFlows() throws Exception {
        AtomicLong taken = new AtomicLong();
        AtomicBoolean enough = new AtomicBoolean();
        try (ScriptedBackend backend = endless(taken, enough);
                TestServer server = TestServer.tiers(loops, "", backend);
                SlowClient client = new SlowClient(server.port())) {
            client.post("/api/chat", FailoverTest.CHAT);
            long first = stalled(taken);
            // Sockets on both sides and the proxy together.
            assertThat(first)
                    .as("bytes on their way to a client that reads nothing")
                    .isLessThan(1 << 20);
            client.skip(first + (1 << 20));
            await("the backend sends again").until(() -> taken.get() > first);
            enough.set(true);
            String end = client.rest();
            assertThat(end).endsWith("\"done\":true}\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void aClientThatStaysStalled_isCut_andFreesTheBackend() throws Exception {
        AtomicLong taken = new AtomicLong();
        try (ScriptedBackend backend = endless(taken, new AtomicBoolean());
                TestServer server = TestServer.tiers(loops, ",\"timeouts\":{\"clientWrite\":\"300ms\"}", backend);
                SlowClient client = new SlowClient(server.port())) {
            client.post("/api/chat", FailoverTest.CHAT);
            await("the lease is freed")
                    .until(() -> taken.get() > 0 && server.backend("b1").inFlight() == 0);
            await("nothing is under way").until(() -> server.server().busy() == 0);
            assertThat(client.rest()).as("the end of what it got").doesNotEndWith("0\r\n\r\n");
            assertThat(server.backend("b1").gate().refresh().name()).isEqualTo("CLOSED");
        }
    }

    @Test
    void aStalledClient_doesNotHoldUpOthers() throws Exception {
        AtomicLong taken = new AtomicLong();
        AtomicBoolean enough = new AtomicBoolean();
        try (ScriptedBackend backend = endless(taken, enough);
                ScriptedBackend other = ScriptedBackend.with("other:latest").plays(FailoverTest::good);
                TestServer server = TestServer.oneTier(loops, "", backend, other);
                SlowClient client = new SlowClient(server.port())) {
            client.post("/api/chat", FailoverTest.CHAT);
            stalled(taken);
            for (int i = 0; i < 20; i++) {
                assertThat(RawClient.post(server.port(), "/api/chat", "{\"model\":\"other\"}")
                                .complete())
                        .isTrue();
            }
            enough.set(true);
        }
    }
}

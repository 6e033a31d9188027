package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.testing.Transcript;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that leaves takes its work with it: the backend's connection is closed and its slot is free. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CancelTest {
    /** How a client leaves. */
    enum Leave {
        CLOSE,
        RESET,
        /** Says that nothing more comes, and still reads: as Ollama, we take that for leaving. */
        HALF_CLOSE;

        void by(RawClient client) throws java.io.IOException {
            switch (this) {
                case CLOSE -> client.close();
                case RESET -> client.reset();
                case HALF_CLOSE -> client.shutdownOutput();
            }
        }
    }

    @Parameter
    int loops;

    private static void assertFreed(ScriptedBackend backend, TestServer server) {
        await("the backend sees the departure").until(() -> backend.departures() == 1);
        await("the lease is freed").until(() -> server.backend("b1").inFlight() == 0);
        await("nothing is under way").until(() -> server.server().busy() == 0);
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatLeaves_beforeTheHead_freesTheBackend(Leave how) throws Exception {
        try (ScriptedBackend backend =
                        ScriptedBackend.with("llama3.2:latest").plays(ScriptedBackend.Line::awaitDeparture);
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> backend.requests().size() == 1);
            assertThat(server.backend("b1").inFlight()).isEqualTo(1);
            how.by(client);
            assertFreed(backend, server);
            assertThat(backend.requests()).as("no second attempt").hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatLeaves_inMidStream_freesTheBackend(Leave how) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.awaitDeparture();
                });
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            assertThat(client.readChunk()).isNotEmpty();
            assertThat(server.backend("b1").inFlight()).isEqualTo(1);
            how.by(client);
            assertFreed(backend, server);
        }
    }

    @Test
    void aRecordedStream_whoseClientLeft_isLeftHereToo() throws Exception {
        Transcript transcript = Transcript.of("sched/leave-mid-stream");
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(transcript.head());
                    for (String chunk : transcript.chunks()) {
                        line.chunk(chunk);
                    }
                    line.awaitDeparture();
                });
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.send(transcript.requestBytes()).readHead();
            for (String chunk : transcript.chunks()) {
                assertThat(client.readChunk()).asString(StandardCharsets.UTF_8).isEqualTo(chunk);
            }
            client.close();
            assertFreed(backend, server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatLeaves_withHalfItsBodySent_reachesNoBackend(Leave how) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            for (String framing : List.of("Content-Length: 5000", "Transfer-Encoding: chunked")) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send(
                            "POST /api/chat HTTP/1.1\r\nHost: localhost\r\n" + framing + "\r\n\r\n10\r\n{\"model\":");
                    how.by(client);
                    if (how == Leave.HALF_CLOSE) {
                        assertThat(client.read().status()).as(framing).isEqualTo(400);
                    }
                }
            }
            assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT)
                            .status())
                    .isEqualTo(200);
            assertThat(backend.requests()).as("only the whole request").hasSize(1);
        }
    }

    /** A listener whose queue of connections is full answers no more of them: connecting to it takes until the timeout. */
    @ParameterizedTest
    @EnumSource(names = {"CLOSE", "RESET"})
    void aClientThatLeaves_whileTheBackendIsConnected_freesTheBackend(Leave how) throws Exception {
        List<Socket> fillers = new ArrayList<>();
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            fill(deaf, fillers);
            try (TestServer server = TestServer.start(
                            loops,
                            "{\"listen\":{\"port\":0},\"timeouts\":{\"connect\":\"20s\"},\"backends\":{\"b1\":{\"url\":"
                                    + "\"http://127.0.0.1:" + deaf.getLocalPort()
                                    + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
                    RawClient client = new RawClient(server.port())) {
                server.backend("b1").up();
                client.sendPost("/api/chat", FailoverTest.CHAT);
                await().until(() -> server.backend("b1").inFlight() == 1);
                how.by(client);
                await("the lease is freed").until(() -> server.backend("b1").inFlight() == 0);
                await("nothing is under way").until(() -> server.server().busy() == 0);
            }
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    private static void fill(ServerSocket deaf, List<Socket> fillers) throws java.io.IOException {
        for (int i = 0; i < 8; i++) {
            Socket filler = new Socket();
            fillers.add(filler);
            try {
                filler.connect(deaf.getLocalSocketAddress(), 100);
            } catch (java.net.SocketTimeoutException e) {
                return; // Full.
            }
        }
    }

    @Test
    void aClientThatLeaves_whileTheSecondBackendIsAsked_freesThatOne() throws Exception {
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(ScriptedBackend.Line::reset);
                ScriptedBackend second =
                        ScriptedBackend.with("llama3.2:latest").plays(ScriptedBackend.Line::awaitDeparture);
                TestServer server = TestServer.tiers(loops, "", first, second);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> second.requests().size() == 1);
            client.reset();
            await("the second sees the departure").until(() -> second.departures() == 1);
            await().until(() -> server.backend("b2").inFlight() == 0);
        }
    }

    @Test
    void requestsSentAhead_areAnsweredInOrder_andDroppedWithTheirClient() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    if (line.request().bodyText().contains("wait")) {
                        line.awaitDeparture();
                    }
                    line.await(gate);
                    FailoverTest.good(line);
                });
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT);
            client.sendPost("/api/chat", FailoverTest.CHAT.replace("hi", "wait"));
            gate.countDown();
            assertThat(client.read().text()).isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            await().until(() -> backend.requests().size() == 2);
            client.close();
            assertFreed(backend, server);
        }
    }
}

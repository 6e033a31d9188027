package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ServerPair;
import io.essaim.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that speak TLS get what others get: every byte, back-pressure, proper ends, and no proper end to what is cut. */
@ParameterizedClass
@CsvSource({"1,TLSv1.3", "1,TLSv1.2", "4,TLSv1.3", "4,TLSv1.2"})
class SecureClientsTest {
    private static final byte ALERT = 21;

    @TempDir
    static Path directory;

    private static ServerPair pair;

    @Parameter(0)
    int loops;

    @Parameter(1)
    String protocol;

    @BeforeAll
    static void make() throws Exception {
        pair = new ServerPair(directory).renew();
    }

    private TestServer server(String extra, ScriptedBackend backend) {
        return TestServer.start(
                loops,
                "{\"listen\":{\"port\":0," + pair.rule() + "},\"backends\":{\"b1\":{\"url\":\"" + backend.url()
                        + "\",\"slots\":4}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]" + extra + "}");
    }

    private static Socket plain(TestServer server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.port());
    }

    private RawClient client(TestServer server) throws Exception {
        return new RawClient(pair.over(plain(server), protocol));
    }

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
    }

    @Test
    void aStreamArrivesByteForByte_andTheConnectionServesTheNextRequest() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String[] lines = new String[200];
        for (int i = 0; i < lines.length; i++) {
            String word = "%c".formatted('a' + random.nextInt(26)).repeat(1 + random.nextInt(40_000 / (1 + i % 20)));
            lines[i] = "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"" + word
                    + "\"},\"done\":false}\n";
        }
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    for (String one : lines) {
                        line.chunk(one);
                    }
                    line.chunk(FailoverTest.DONE);
                    line.send("0\r\n\r\n");
                });
                TestServer server = server("", backend);
                RawClient client = client(server)) {
            for (int i = 0; i < 3; i++) {
                RawClient.Reply reply =
                        client.sendPost("/api/chat", FailoverTest.CHAT).read();
                assertThat(reply.complete()).isTrue();
                assertThat(reply.text()).isEqualTo(String.join("", lines) + FailoverTest.DONE);
            }
        }
    }

    @Test
    void eachTokenArrivesBeforeTheNextIsSent() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.await(seen);
                    line.chunk(FailoverTest.DONE);
                    line.send("0\r\n\r\n");
                });
                TestServer server = server("", backend);
                RawClient client = client(server)) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            assertThat(client.readChunk()).asString().isEqualTo(FailoverTest.TOKEN);
            seen.countDown();
            assertThat(client.readChunk()).asString().isEqualTo(FailoverTest.DONE);
            assertThat(client.readChunk()).isEmpty();
        }
    }

    @Test
    void aClientThatReadsNothing_stopsTheBackend_andIsCutInTheEnd() throws Exception {
        AtomicLong taken = new AtomicLong();
        AtomicBoolean enough = new AtomicBoolean();
        try (ScriptedBackend backend = BackpressureTest.endless(taken, enough);
                TestServer server = server("", backend);
                SlowClient client = new SlowClient(server.port(), socket -> pair.over(socket, protocol))) {
            client.post("/api/chat", FailoverTest.CHAT);
            long first = BackpressureTest.stalled(taken);
            assertThat(first).as("bytes on their way").isLessThan(1 << 20);
            client.skip(first + (1 << 20));
            await("the backend sends again").until(() -> taken.get() > first);
            enough.set(true);
            assertThat(client.rest()).endsWith("\"done\":true}\n\r\n0\r\n\r\n");
        }
        taken.set(0);
        try (ScriptedBackend backend = BackpressureTest.endless(taken, new AtomicBoolean());
                TestServer server = server(",\"timeouts\":{\"clientWrite\":\"300ms\"}", backend);
                SlowClient client = new SlowClient(server.port(), socket -> pair.over(socket, protocol))) {
            client.post("/api/chat", FailoverTest.CHAT);
            await("the lease is freed")
                    .until(() -> taken.get() > 0 && server.backend("b1").inFlight() == 0);
            await("nothing is under way").until(() -> server.server().busy() == 0);
        }
    }

    @Test
    void aClientThatLeaves_freesTheBackend() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.awaitDeparture();
                });
                TestServer server = server("", backend)) {
            try (Socket under = plain(server);
                    RawClient client = new RawClient(pair.over(under, protocol))) {
                client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
                client.shutdownOutput(); // the word of TLS for that
                await("the first departure").until(() -> backend.departures() == 1);
            }
            try (Socket under = plain(server);
                    RawClient client = new RawClient(pair.over(under, protocol))) {
                client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
                under.shutdownOutput(); // FIN without that word
                await("the second departure").until(() -> backend.departures() == 2);
            }
            try (Socket under = plain(server);
                    RawClient client = new RawClient(pair.over(under, protocol))) {
                client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
                under.setSoLinger(true, 0);
                under.close();
                await("the third departure").until(() -> backend.departures() == 3);
            }
            await("nothing is under way").until(() -> server.server().busy() == 0);
        }
    }

    /** Keeps what came over a connection, below TLS. */
    private static final class Recording extends Socket {
        private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

        Recording(int port) throws IOException {
            super(InetAddress.getLoopbackAddress(), port);
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    int b = super.read();
                    if (b >= 0) {
                        seen.write(b);
                    }
                    return b;
                }

                @Override
                public int read(byte[] into, int at, int most) throws IOException {
                    int n = super.read(into, at, most);
                    if (n > 0) {
                        seen.write(into, at, n);
                    }
                    return n;
                }
            };
        }

        /** The type of the last record of TLS; of 1.2, where it is not hidden. */
        byte lastRecord() {
            byte[] all = seen.toByteArray();
            byte type = 0;
            for (int at = 0; at + 5 <= all.length; at += 5 + ((all[at + 3] & 0xff) << 8) + (all[at + 4] & 0xff)) {
                type = all[at];
            }
            return type;
        }
    }

    @Test
    void whatIsWholeEndsProperly_andWhatBreaksOffDoesNot() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server("", backend);
                Recording under = new Recording(server.port());
                RawClient client = new RawClient(pair.over(under, "TLSv1.2"))) {
            client.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(client.read().complete()).isTrue();
            assertThat(client.awaitClose()).isTrue();
            assertThat(under.lastRecord()).as("close_notify").isEqualTo(ALERT);
        }
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.close();
                });
                TestServer server = server("", backend);
                Recording under = new Recording(server.port());
                RawClient client = new RawClient(pair.over(under, "TLSv1.2"))) {
            RawClient.Reply reply =
                    client.sendPost("/api/chat", FailoverTest.CHAT).read();
            assertThat(reply.text()).startsWith(FailoverTest.TOKEN).contains("\"error\":\"the answer is incomplete");
            assertThat(reply.complete()).isFalse();
            assertThat(under.lastRecord()).as("no close_notify").isNotEqualTo(ALERT);
        }
    }

    @Test
    void aRefusalBeforeTheBodyIsRead_arrivesWhole() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server(",\"limits\":{\"maxBody\":\"64KiB\"}", backend);
                RawClient client = client(server)) {
            client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
                    + "x".repeat(50_000));
            client.send("x".repeat(50_000));
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.complete()).isTrue();
        }
    }

    @Test
    void aLargeBodyArrives() throws Exception {
        String body = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"" + "y".repeat(3_000_000)
                + "\"}]}";
        try (ScriptedBackend backend = host();
                TestServer server = server("", backend);
                RawClient client = client(server)) {
            assertThat(client.sendPost("/api/chat", body).read().complete()).isTrue();
            assertThat(backend.requests().get(0).bodyText()).isEqualTo(body);
        }
    }

    @Test
    void whoSpeaksInClear_isToldThatThisPortSpeaksHttps_andTheOtherWayRound() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server("", backend)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).contains("this port speaks https: use https://");
            assertThat(reply.complete()).isTrue();
            assertThat(backend.requests()).isEmpty();
        }
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, "", backend)) {
            try (Socket under = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                assertThatThrownBy(() -> pair.over(under, protocol)).isInstanceOf(SSLException.class);
            }
            try (RawClient client = new RawClient(server.port())) {
                RawClient.Reply reply = client.send(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3})
                        .read();
                assertThat(reply.status()).isEqualTo(400);
                assertThat(reply.text()).contains("this port speaks http without TLS");
            }
        }
    }

    @Test
    void brokenHandshakes_endQuietly_andDoNoHarm() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = server("", backend)) {
            for (byte[] bytes : new byte[][] {
                {0x16}, {0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5}, {0x16, 3, 1, (byte) 0xff, (byte) 0xff, 1}, {0x16, 0, 0, 0, 0}
            }) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send(bytes);
                    client.shutdownOutput();
                    while (!client.awaitClose()) {
                        // An alert, if there is anything to say.
                    }
                }
            }
            try (Socket under = plain(server)) {
                SSLSocket old = (SSLSocket)
                        pair.client().getSocketFactory().createSocket(under, "localhost", under.getPort(), true);
                old.setEnabledProtocols(new String[] {"TLSv1.2"});
                old.setEnabledCipherSuites(
                        new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
                        });
                assertThatThrownBy(old::startHandshake)
                        .as("a suite without authenticated encryption")
                        .isInstanceOf(SSLException.class);
            }
            try (RawClient client = client(server)) {
                assertThat(client.sendPost("/api/chat", FailoverTest.CHAT)
                                .read()
                                .complete())
                        .isTrue();
            }
            await("all are gone").until(() -> server.server().busy() == 0);
        }
    }

    @Test
    void newFilesHoldForNewConnections_whileOldOnesGoOn() throws Exception {
        ServerPair changing = new ServerPair(Files.createTempDirectory(directory, "changing")).renew();
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0," + changing.rule() + "},\"backends\":{\"b1\":{\"url\":\""
                                + backend.url() + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
                RawClient before = new RawClient(changing.over(plain(server), protocol))) {
            assertThat(before.sendPost("/api/chat", FailoverTest.CHAT).read().complete())
                    .isTrue();
            var next = changing.sign(Instant.now(), Duration.ofDays(90), "localhost");
            changing.put(next);
            await("new connections see the new certificate").until(() -> {
                try (SSLSocket socket = changing.over(plain(server), protocol)) {
                    X509Certificate shown =
                            (X509Certificate) socket.getSession().getPeerCertificates()[0];
                    return shown.equals(next.certificate());
                }
            });
            assertThat(before.sendPost("/api/chat", FailoverTest.CHAT).read().complete())
                    .isTrue();
        }
    }
}

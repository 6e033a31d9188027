package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files for new models: streamed to the hosts that will make them, whatever their size, and never held. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class UploadTest {
    private static final String MANAGE = "{\"listen\":{\"port\":0},\"manage\":true,\"limits\":{\"maxBody\":\"1KiB\"},";
    private static final String STRANGE = "/api/blobs/sha256:" + "0".repeat(64);

    @Parameter
    int loops;

    /** A file that looks like a model, of a few megabytes. */
    private static byte[] gguf() {
        byte[] file = new byte[5 << 20];
        for (int i = 0; i < file.length; i++) {
            file[i] = (byte) (i * 31 + (i >> 8));
        }
        System.arraycopy("GGUF".getBytes(StandardCharsets.US_ASCII), 0, file, 0, 4);
        return file;
    }

    private static String path(byte[] file) throws Exception {
        return "/api/blobs/sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    }

    private static byte[] chunked(byte[] file) {
        var out = new java.io.ByteArrayOutputStream();
        for (int at = 0; at < file.length; at += 70_001) {
            byte[] piece = Arrays.copyOfRange(file, at, Math.min(file.length, at + 70_001));
            out.writeBytes((Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(piece);
            out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private TestServer before(int onePort, int otherPort) {
        return TestServer.start(
                loops,
                MANAGE + "\"backends\":{\"one\":{\"url\":\"http://127.0.0.1:" + onePort
                        + "\"},\"two\":{\"url\":\"http://127.0.0.1:" + otherPort
                        + "\",\"weight\":0.5}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"one\",\"two\"]]}]}");
    }

    private static SimulatedHost host() {
        return SimulatedHost.start(HostProfile.dev2().withTimeScale(100), "127.0.0.1", 0);
    }

    private static RawClient.Reply head(int port, String path) throws IOException {
        try (RawClient client = new RawClient(port)) {
            return client.send("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .read(true);
        }
    }

    private static String start(String path, String fields) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
    }

    @Test
    void aFile_thenAModelOfIt_onTheHostThatHasTheFile() throws Exception {
        byte[] file = gguf();
        String path = path(file);
        try (SimulatedHost one = host();
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            assertThat(head(server.port(), path).status()).isEqualTo(404);
            client.send(start(path, "Transfer-Encoding: chunked\r\n"));
            RawClient.Reply stored = client.send(chunked(file)).read();
            assertThat(stored.status()).as(stored.text()).isEqualTo(201);
            assertThat(stored.bytes()).isEmpty();
            assertThat(stored.field("X-Essaim-Route-Id")).isNotEmpty();
            assertThat(head(server.port(), path).status()).isEqualTo(200);
            assertThat(head(one.port(), path).status()).as("the heavier host").isEqualTo(200);
            assertThat(head(two.port(), path).status()).isEqualTo(404);
            // The same connection goes on.
            RawClient.Reply made = client.sendPost(
                            "/api/create", "{\"model\":\"mine\",\"files\":{\"a.gguf\":\"" + path.substring(11) + "\"}}")
                    .read();
            assertThat(made.text()).contains("parsing GGUF").endsWith("{\"status\":\"success\"}\n");
            assertThat(RawClient.get(one.port(), "/api/tags").text()).contains("mine:latest");
            assertThat(RawClient.get(two.port(), "/api/tags").text()).doesNotContain("mine:latest");
            assertThat(RawClient.get(server.port(), "/api/tags").text()).contains("mine:latest");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"one, two", "*", "two,one,two"})
    void severalNamedHosts_allGetIt(String named) throws Exception {
        byte[] file = gguf();
        String path = path(file);
        String field = "X-Essaim-Backend: " + named + "\r\n";
        try (SimulatedHost one = host();
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            client.send(start(path, field + "Content-Length: " + file.length + "\r\n"));
            assertThat(client.send(file).read().status()).isEqualTo(201);
            assertThat(head(one.port(), path).status()).isEqualTo(200);
            assertThat(head(two.port(), path).status()).isEqualTo(200);
            String order = "{\"model\":\"mine\",\"files\":{\"a.gguf\":\"" + path.substring(11) + "\"}}";
            RawClient.Reply made = client.send(
                            start("/api/create", field + "Content-Length: " + order.length() + "\r\n") + order)
                    .read();
            assertThat(made.text()).endsWith("{\"status\":\"success\"}\n");
            assertThat(RawClient.get(one.port(), "/api/tags").text()).contains("mine:latest");
            assertThat(RawClient.get(two.port(), "/api/tags").text()).contains("mine:latest");
        }
    }

    @Test
    void theHostsOwnWords_reachTheClient() throws Exception {
        try (SimulatedHost one = host();
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port())) {
            RawClient.Reply wrong = RawClient.post(server.port(), STRANGE, "hello blob");
            assertThat(wrong.status()).isEqualTo(400);
            assertThat(wrong.text())
                    .isEqualTo(RawClient.post(one.port(), STRANGE, "hello blob").text())
                    .startsWith("{\"error\":\"digest mismatch, expected ");
            RawClient.Reply bad = RawClient.post(server.port(), "/api/blobs/sha256:xyz", "hello blob");
            assertThat(bad.status()).isEqualTo(400);
            assertThat(bad.text()).isEqualTo("{\"error\":\"invalid digest format\"}");
            assertThat(head(server.port(), "/api/blobs/sha256:xyz").status()).isEqualTo(400);
            assertThat(RawClient.post(server.port(), path(new byte[0]), "").status())
                    .isEqualTo(201);
            assertThat(RawClient.post(
                                    server.port(),
                                    "/api/create",
                                    "{\"model\":\"mine\",\"files\":{\"a\":\"sha256:" + "0".repeat(64) + "\"}}")
                            .text())
                    .contains("no such file or directory");
        }
    }

    @Test
    void aFileThatIsThere_isNotSentAgain() throws Exception {
        byte[] file = gguf();
        String path = path(file);
        try (SimulatedHost one = host();
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            assertThat(client.send(start(path, "Content-Length: " + file.length + "\r\n"))
                            .send(file)
                            .read()
                            .status())
                    .isEqualTo(201);
            // Only the head: the answer comes without the body.
            RawClient.Reply again = client.send(start(path, "Content-Length: " + file.length + "\r\n"))
                    .read();
            assertThat(again.status()).isEqualTo(200);
            assertThat(again.field("Connection")).isEqualTo("close");
            assertThat(client.awaitClose()).isTrue();
        }
    }

    @Test
    void whoWaitsForAWord_isToldToGoOn_onceAHostListens() throws Exception {
        byte[] file = gguf();
        try (SimulatedHost one = host();
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            client.send(start(path(file), "Expect: 100-continue\r\nContent-Length: " + file.length + "\r\n"));
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send(file).read().status()).isEqualTo(201);
        }
    }

    @Test
    void aHostThatFails_isNamed_andTheOtherHasTheFile() throws Exception {
        byte[] file = gguf();
        String path = path(file);
        try (ScriptedBackend one = ScriptedBackend.with("x").plays(ScriptedBackend.Line::reset);
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            client.send(start(path, "X-Essaim-Backend: *\r\nTransfer-Encoding: chunked\r\n"));
            RawClient.Reply reply = client.send(chunked(file)).read();
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.text()).startsWith("{\"error\":\"stored on two, but not on one: the connection was lost");
            assertThat(head(two.port(), path).status()).isEqualTo(200);
        }
    }

    @Test
    void aHostThatRefusesConnections_isNamed() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("x");
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            one.kill();
            await().until(() -> server.backend("one").health() == Backend.Health.DOWN);
            client.send(start(STRANGE, "X-Essaim-Backend: one\r\nContent-Length: 5\r\n") + "hello");
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.text()).startsWith("{\"error\":\"one: ");
        }
    }

    @Test
    void aClientThatLeaves_leavesNoHalfFile() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("x").plays(ScriptedBackend.Line::awaitDeparture);
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port())) {
            try (RawClient client = new RawClient(server.port())) {
                client.send(start(STRANGE, "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n");
                await().until(() -> !one.requests().isEmpty());
            }
            await().until(() -> one.departures() == 1);
        }
    }

    @Test
    void brokenFraming_isRefused_andTheHostGetsNoEnd() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("x").plays(ScriptedBackend.Line::awaitDeparture);
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            client.send(start(STRANGE, "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n");
            await().until(() -> !one.requests().isEmpty());
            RawClient.Reply reply = client.send("what?\r\n").read();
            assertThat(reply.status()).isEqualTo(400);
            await().until(() -> one.departures() == 1);
        }
    }

    @Test
    void aHostThatDoesNotRead_stopsTheClient() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicLong sent = new AtomicLong();
        try (ScriptedBackend one = ScriptedBackend.with("x").plays(line -> {
                    line.await(gate);
                    line.reset();
                });
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port());
                RawClient client = new RawClient(server.port())) {
            client.send(start(STRANGE, "Transfer-Encoding: chunked\r\n"));
            byte[] piece = ScriptedBackend.chunk("x".repeat(64 * 1024));
            Thread sender = new Thread(() -> {
                try {
                    while (sent.addAndGet(piece.length) < 256L << 20) {
                        client.send(piece);
                    }
                } catch (IOException e) {
                    // The proxy hung up at last.
                }
            });
            sender.start();
            long[] last = {-1};
            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        long before = last[0];
                        last[0] = sent.get();
                        return before == last[0];
                    });
            // What the kernel's buffers hold on both sides, and a little here.
            assertThat(sent.get()).isLessThan(64L << 20);
            gate.countDown();
            sender.join(20_000);
            assertThat(sender.isAlive()).isFalse();
        }
    }

    @Test
    void whoIsSignedIn_isAskedOfOneHost() throws Exception {
        String account = "{\"error\":\"unauthorized\",\"signin_url\":\"https://example.org/connect?name=x&key=y\"}";
        try (ScriptedBackend one =
                        ScriptedBackend.with("x").plays(FailoverTest.answering("401 Unauthorized", "", account));
                SimulatedHost two = host();
                TestServer server = before(one.port(), two.port())) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/me", "");
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.text()).isEqualTo(account);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("one");
            assertThat(one.requests().get(0).requestLine()).isEqualTo("POST /api/me HTTP/1.1");
        }
    }
}

package io.essaim.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.transport.TlsFault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules that change while the proxy works. */
class ChangeTest {
    private static final String CHAT = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String TOKEN =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n";
    private static final String LAST =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n";

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ScriptedBackend first = ScriptedBackend.with("m").plays(line -> {
        line.send(HEAD);
        line.chunk(TOKEN);
        goOn.await();
        line.chunk(LAST);
        line.send("0\r\n\r\n");
    });
    private final ScriptedBackend second = ScriptedBackend.with("m").plays(ChangeTest::whole);

    @AfterEach
    void close() {
        goOn.countDown();
        first.close();
        second.close();
    }

    private static void whole(ScriptedBackend.Line line) throws IOException {
        line.send(HEAD);
        line.chunk(TOKEN);
        line.chunk(LAST);
        line.send("0\r\n\r\n");
    }

    private static String rules(String backend, ScriptedBackend host, String extra) {
        return rules(0, backend, host, extra);
    }

    private static String rules(int port, String backend, ScriptedBackend host, String extra) {
        return "{\"listen\":{\"port\":" + port + "},\"backends\":{\"" + backend + "\":{\"url\":\"" + host.url()
                + "\",\"slots\":1}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"" + backend + "\"]]}]" + extra + "}";
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aStreamKeepsTheBackendThatLeft_andTheNextRequestOfItsConnectionGoesByTheNewRules(int loops) throws Exception {
        try (TestServer server = TestServer.start(loops, rules("b1", first, ""));
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", CHAT).readHead();
            assertThat(client.readChunk()).asString().isEqualTo(TOKEN);
            server.change(rules("b2", second, ""));
            goOn.countDown();
            assertThat(client.readChunk()).asString().isEqualTo(LAST);
            assertThat(client.readChunk()).isEmpty();

            RawClient.Reply next = client.sendPost("/api/chat", CHAT).read();
            assertThat(next.field("X-Essaim-Backend")).isEqualTo("b2");
            assertThat(next.complete()).isTrue();
        }
    }

    @Test
    void aBackendThatStaysKeepsItsState_andWhoWaitsForItsSlotIsServed() throws Exception {
        try (TestServer server = TestServer.start(1, rules("b1", first, ""));
                RawClient client = new RawClient(server.port());
                RawClient waiting = new RawClient(server.port())) {
            client.sendPost("/api/chat", CHAT).readHead();
            waiting.sendPost("/api/chat", CHAT);
            await().until(() -> server.waiting() == 1);
            Backend before = server.backend("b1");
            server.change(rules("b1", first, ",\"agents\":{\"a\":{}}"));
            assertThat(server.backend("b1")).isSameAs(before);
            assertThat(before.inFlight()).isEqualTo(1);
            assertThat(server.waiting()).isEqualTo(1);
            goOn.countDown();
            assertThat(client.readChunk()).asString().isEqualTo(TOKEN);
            assertThat(waiting.read().complete()).isTrue();
        }
    }

    @Test
    void whatABackendsRuleSaysHoldsAtOnce() throws Exception {
        try (TestServer server = TestServer.start(1, rules("b1", first, ""));
                RawClient client = new RawClient(server.port());
                RawClient other = new RawClient(server.port())) {
            client.sendPost("/api/chat", CHAT).readHead();
            server.change(rules("b1", first, "").replace("\"slots\":1", "\"slots\":2"));
            other.sendPost("/api/chat", CHAT);
            assertThat(other.readHead().status()).isEqualTo(200);
            assertThat(server.backend("b1").inFlight()).isEqualTo(2);
            goOn.countDown();
        }
    }

    @Test
    void requestsOfAnAgentThatAreUnderWayGoOnToCount() throws Exception {
        String agents = ",\"agents\":{\"a\":{\"concurrency\":1}}";
        try (TestServer server = TestServer.start(1, rules("b1", first, agents));
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/agents/a/api/chat", CHAT).readHead();
            server.change(rules("b1", first, agents + ",\"canaries\":false"));
            RawClient.Reply refused = RawClient.post(server.port(), "/agents/a/api/chat", CHAT);
            assertThat(refused.status()).isEqualTo(429);
            goOn.countDown();
        }
    }

    @Test
    void aPortThatChangesIsOpenWhenTheRulesHold_andTheOldOneIsLeft() throws Exception {
        int fresh = freePort();
        try (TestServer server = TestServer.start(1, rules("b2", second, ""));
                RawClient idle = new RawClient(server.port())) {
            int old = server.port();
            assertThat(idle.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
            server.change(rules(fresh, "b2", second, ""));
            assertThat(server.port()).isEqualTo(fresh);
            assertThat(RawClient.post(fresh, "/api/chat", CHAT).status()).isEqualTo(200);
            assertThat(idle.awaitClose()).isTrue();
            assertThatThrownBy(() -> new RawClient(old)).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void aListenerMovesToAnotherAddressOfTheSamePort() throws Exception {
        int port = freePort();
        try (TestServer server = TestServer.start(1, rules(port, "b2", second, ""))) {
            server.change(rules(port, "b2", second, "").replace("\"port\"", "\"host\":\"0.0.0.0\",\"port\""));
            assertThat(RawClient.post(port, "/api/chat", CHAT).status()).isEqualTo(200);
        }
    }

    @Test
    void rulesThatCannotBeUsedChangeNothing() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestServer server = TestServer.start(1, rules("b2", second, ""))) {
            int port = server.port();
            Backend before = server.backend("b2");
            assertThatThrownBy(() -> server.change(rules(taken.getLocalPort(), "b1", first, "")))
                    .isInstanceOf(CannotListen.class);
            String ownPort =
                    ",\"agents\":{\"x\":{\"port\":" + freePort() + "},\"y\":{\"port\":" + taken.getLocalPort() + "}}";
            assertThatThrownBy(() -> server.change(rules("b1", first, ownPort))).isInstanceOf(CannotListen.class);
            String badCertificate = rules("b1", first, "")
                    .replace("\"slots\":1", "\"slots\":1,\"tls\":{\"ca\":\"nowhere.pem\"}")
                    .replace("http://", "https://");
            assertThatThrownBy(() -> server.change(badCertificate)).isInstanceOf(TlsFault.class);
            assertThat(server.port()).isEqualTo(port);
            assertThat(server.backend("b2")).isSameAs(before);
            assertThat(RawClient.post(port, "/api/chat", CHAT).field("X-Essaim-Backend"))
                    .isEqualTo("b2");
        }
    }

    @Test
    void noRequestFailsWhileRulesChangeAgainAndAgain() throws Exception {
        first.plays(ChangeTest::whole);
        String one = rules("b1", first, "");
        String other = rules("b2", second, ",\"agents\":{\"a\":{}}");
        try (TestServer server = TestServer.start(4, one)) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicInteger good = new AtomicInteger();
            AtomicInteger bad = new AtomicInteger();
            Thread[] clients = new Thread[4];
            for (int i = 0; i < clients.length; i++) {
                clients[i] = new Thread(() -> ask(server.port(), stop, good, bad));
                clients[i].start();
            }
            for (int i = 0; i < 100; i++) {
                server.change(i % 2 == 0 ? other : one);
            }
            stop.set(true);
            for (Thread client : clients) {
                client.join();
            }
            assertThat(bad).hasValue(0);
            assertThat(good).hasPositiveValue();
        }
    }

    private static void ask(int port, AtomicBoolean stop, AtomicInteger good, AtomicInteger bad) {
        try (RawClient client = new RawClient(port)) {
            while (!stop.get()) {
                RawClient.Reply reply = client.sendPost("/api/chat", CHAT).read();
                (reply.status() == 200 && reply.complete() && reply.text().endsWith(LAST) ? good : bad)
                        .incrementAndGet();
            }
        } catch (IOException e) {
            bad.incrementAndGet();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }
}

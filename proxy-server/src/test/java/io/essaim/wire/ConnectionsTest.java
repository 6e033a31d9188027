package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.api.Ticker;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import io.essaim.listen.ClientConnections;
import io.essaim.listen.RefusalLog;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Who may connect, how often, for how long, and what is told of those who may not. */
@Isolated("reads the log of the JVM")
class ConnectionsTest {
    private static final String GET = "GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final Logger log = (Logger) LoggerFactory.getLogger(RefusalLog.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong ahead = new AtomicLong();
    private final Ticker ticker = () -> System.nanoTime() + ahead.get();
    private final ScriptedBackend backend = host();

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
    }

    @BeforeEach
    void listen() {
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void stop() throws Exception {
        log.detachAppender(lines);
        backend.close();
    }

    private String rules(String listen, String limits, String more) {
        return "{\"listen\":{\"port\":0" + listen + "},\"admin\":{\"port\":0},\"limits\":{" + limits
                + "},\"backends\":{\"b1\":{\"url\":\"" + backend.url()
                + "\"}}" + more + ",\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}";
    }

    private TestServer server(String listen, String limits) {
        return TestServer.start(2, rules(listen, limits, ""), ticker);
    }

    private void pass(int seconds) {
        ahead.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private List<String> said() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static InetAddress address(String literal) {
        return NetUtil.createInetAddressFromIpAddressString(literal);
    }

    /** A client that comes from this address of loopback, or another one. */
    private static RawClient from(String address, int port) throws IOException {
        return new RawClient(new Socket(address("127.0.0.1"), port, address(address), 0));
    }

    @Test
    void whoMayNotConnect_isClosedBeforeAByte_andTheNewRulesHoldAtOnce() throws Exception {
        try (TestServer server = server(",\"allow\":[\"127.0.0.2\"]", "")) {
            try (RawClient stranger = from("127.0.0.1", server.port());
                    RawClient known = from("127.0.0.2", server.port())) {
                assertThat(stranger.awaitClose())
                        .as("closed without a word from either side")
                        .isTrue();
                assertThat(known.send(GET).read().status()).isEqualTo(200);
            }
            await().until(() -> said().size() == 1);
            assertThat(said().get(0))
                    .isEqualTo("refused 127.0.0.1: connection not_allowed:"
                            + " its address is not in listen.allow of the rules");
            server.change(rules(",\"allow\":[\"127.0.0.1\"]", "", ""));
            try (RawClient stranger = from("127.0.0.2", server.port());
                    RawClient known = from("127.0.0.1", server.port())) {
                assertThat(stranger.awaitClose()).isTrue();
                assertThat(known.send(GET).read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void whileFull_oneLineAMinuteSaysHowManyWereRefused() throws Exception {
        try (TestServer server = server("", "\"maxConnections\":1");
                RawClient first = new RawClient(server.port())) {
            assertThat(first.send(GET).read().status()).isEqualTo(200);
            for (int i = 0; i < 5; i++) {
                try (RawClient refused = new RawClient(server.port())) {
                    assertThat(refused.awaitClose()).isTrue();
                }
            }
            assertThat(said()).hasSize(1);
            assertThat(said().get(0)).startsWith("refused 127.0.0.1: connection full: ");
            pass(61); // An idle connection lives ninety seconds.
            await().until(() -> said().size() == 2);
            assertThat(said().get(1))
                    .startsWith("refused 4 more within a minute: connection full: ")
                    .endsWith("; the latest was 127.0.0.1");
            assertThat(RawClient.get(server.server().adminPort(), "/status").text())
                    .contains("\"refused\":{\"connection full\":5}");
        }
    }

    @Test
    void aRefusedConnection_lingersASecond_notAsLongAsAClientMayStall() throws Exception {
        try (TestServer server = server("", "");
                RawClient client = new RawClient(server.port())) {
            assertThat(client.send("NO REQUEST\r\n\r\n").read().status()).isEqualTo(400);
            assertThat(client.awaitClose()).isTrue();
            pass(2);
            await("what is sent now meets a reset")
                    .untilAsserted(() -> assertThat(reset(client)).isTrue());
        }
    }

    private static boolean reset(RawClient client) {
        try {
            client.send("x");
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void refusals_showInTheLog_withoutWhatTheClientSent() throws Exception {
        String key = "sk-canary-0123456789";
        String rules = rules("", "", ",\"agents\":{\"secret\":{\"keys\":[\"sha256:" + "0".repeat(64) + "\"]}}");
        try (TestServer server = TestServer.start(2, rules, ticker)) {
            for (int i = 0; i < 3; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    int status = client.send(
                                    "POST /agents/secret/api/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                            + key + "\r\nContent-Length: " + FailoverTest.CHAT.length() + "\r\n\r\n"
                                            + FailoverTest.CHAT)
                            .read()
                            .status();
                    assertThat(status).isEqualTo(401);
                }
            }
            assertThat(RawClient.post(server.port(), "/api/pull", "{\"model\":\"canary\"}")
                            .status())
                    .isEqualTo(403);
            await().until(() -> said().size() == 2);
            assertThat(said())
                    .containsExactlyInAnyOrder("refused 127.0.0.1: 401 no_key", "refused 127.0.0.1: 403 not_allowed");
            pass(61);
            await().until(() -> said().size() == 3);
            assertThat(said().get(2)).isEqualTo("refused 2 more within a minute: 401 no_key; the latest was 127.0.0.1");
            assertThat(String.join("\n", said())).doesNotContain("canary");
        }
    }

    private static long refused(TestServer server) throws IOException {
        String status = RawClient.get(server.server().adminPort(), "/status").text();
        Matcher count = Pattern.compile("\"403 not_allowed\":(\\d+)").matcher(status);
        return count.find() ? Long.parseLong(count.group(1)) : 0;
    }

    @Test
    void aClientThatReadsNothing_isNotAnsweredOn_untilItReads() throws Exception {
        int asked = 20_000;
        String order = "POST /api/pull HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n";
        try (TestServer server = server("", "");
                SlowClient client = new SlowClient(server.port());
                RawClient other = new RawClient(server.port())) {
            Thread sender = client.sendAside((order + "\r\n").repeat(asked - 1) + order + "Connection: close\r\n\r\n");
            AtomicLong before = new AtomicLong(-1);
            await("no more answers are made")
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        long now = refused(server);
                        return now > 0 && now == before.getAndSet(now);
                    });
            assertThat(refused(server)).as("answers that were made").isLessThan(asked / 2);
            assertThat(other.send(GET).read().status()).as("others are served").isEqualTo(200);
            assertThat(client.count("HTTP/1.1 403 ")).as("none is lost").isEqualTo(asked);
            sender.join();
        }
    }

    @Test
    void oneAddressHasItsShareOfConnections_butNotThisMachineOrATrustedProxy() throws Exception {
        Rules rules = RulesLoader.load(
                "test.json",
                rules(",\"trust\":[\"10.0.0.9\"]", "\"maxConnectionsPerClient\":2", "")
                        .getBytes(StandardCharsets.UTF_8));
        ClientConnections connections = new ClientConnections();
        InetAddress client = address("10.0.0.1");
        assertThat(enter(connections, client, rules)).isEqualTo(ClientConnections.Entry.IN);
        assertThat(enter(connections, client, rules)).isEqualTo(ClientConnections.Entry.IN);
        assertThat(enter(connections, client, rules)).isEqualTo(ClientConnections.Entry.CLIENT_FULL);
        assertThat(connections.open()).isEqualTo(2);
        assertThat(enter(connections, address("10.0.0.2"), rules)).isEqualTo(ClientConnections.Entry.IN);
        for (int i = 0; i < 3; i++) {
            assertThat(enter(connections, address("10.0.0.9"), rules)).isEqualTo(ClientConnections.Entry.IN);
            assertThat(enter(connections, address("127.0.0.1"), rules)).isEqualTo(ClientConnections.Entry.IN);
        }
        connections.leave(client);
        assertThat(enter(connections, client, rules)).isEqualTo(ClientConnections.Entry.IN);
        assertThat(connections.refusals().counts()).containsExactly(Map.entry("connection full_for_client", 1L));
    }

    private static ClientConnections.Entry enter(ClientConnections connections, InetAddress peer, Rules rules) {
        return connections.enter(new EmbeddedChannel(), peer, rules, 0);
    }
}

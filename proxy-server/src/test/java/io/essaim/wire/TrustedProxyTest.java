package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Behind a proxy that is trusted, {@code listen.allow}, the log and why see the client; of others nothing is believed. */
@Isolated("reads the log of the JVM")
class TrustedProxyTest {
    private final Logger access = (Logger) LoggerFactory.getLogger("io.essaim.access");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        access.setLevel(Level.INFO);
        access.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        access.detachAppender(lines);
    }

    private static TestServer server(String listen, ScriptedBackend backend) {
        return TestServer.start(
                2,
                "{\"listen\":{\"port\":0," + listen + "},\"admin\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\""
                        + backend.url() + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    private static RawClient.Reply chat(TestServer server, String fields) throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            return client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\n" + fields + "Content-Length: "
                            + FailoverTest.CHAT.length() + "\r\n\r\n" + FailoverTest.CHAT)
                    .read();
        }
    }

    @Test
    void theClientBehindItIsJudgedAndNamed_requestByRequest() throws Exception {
        String listen = "\"trust\":[\"127.0.0.1\"],\"allow\":[\"203.0.113.0/24\"]";
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = server(listen, backend)) {
            RawClient.Reply good = chat(server, "X-Forwarded-For: 127.0.0.1, 203.0.113.9\r\n");
            assertThat(good.status()).isEqualTo(200);
            assertThat(good.complete()).isTrue();
            Awaitility.await().until(() -> !lines.list.isEmpty());
            assertThat(lines.list.get(0).getFormattedMessage()).contains(" client=203.0.113.9 ");
            String id = good.field("X-Essaim-Route-Id");
            assertThat(RawClient.get(server.server().adminPort(), "/why/" + id).text())
                    .contains("\"client\":\"203.0.113.9\"");
            assertThat(backend.requests().get(0).head().toLowerCase(java.util.Locale.ROOT))
                    .doesNotContain("forwarded", "203.0.113.9");
            assertThat(chat(server, "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n")
                            .status())
                    .isEqualTo(403);
            assertThat(chat(server, "").status())
                    .as("the proxy itself is not allowed")
                    .isEqualTo(403);
            assertThat(chat(server, "X-Forwarded-For: unknown\r\n").status()).isEqualTo(400);
            try (RawClient one = new RawClient(server.port())) {
                String get = "GET /api/version HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\n\r\n";
                assertThat(one.send(get.formatted("203.0.113.1")).read().status())
                        .isEqualTo(200);
                assertThat(one.send(get.formatted("198.51.100.1")).read().status())
                        .as("another client on the same connection")
                        .isEqualTo(403);
            }
            assertThat(backend.requests()).hasSize(1);
        }
    }

    @Test
    void whatOthersSayIsIgnored() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = server("\"trust\":[\"192.0.2.1\"]", backend)) {
            assertThat(chat(server, "X-Forwarded-For: 198.51.100.1\r\nForwarded: for=unknown\r\n")
                            .status())
                    .isEqualTo(200);
            Awaitility.await().until(() -> !lines.list.isEmpty());
            assertThat(lines.list.get(0).getFormattedMessage()).contains(" client=127.0.0.1 ");
        }
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = server("\"allow\":[\"203.0.113.0/24\"]", backend)) {
            try (RawClient client = new RawClient(server.port())) {
                assertThat(client.awaitClose())
                        .as("closed before it could say anything")
                        .isTrue();
            }
        }
    }
}

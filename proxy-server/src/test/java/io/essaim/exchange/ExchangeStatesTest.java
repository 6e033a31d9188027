package io.essaim.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import io.essaim.wire.CloudScene;
import io.essaim.wire.FailoverTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** The table of {@link ExchangeState}: requests over the wire take every transition in it, and no other. */
@Isolated("reads the log of the JVM")
class ExchangeStatesTest {
    private static final Logger EXCHANGES = (Logger) LoggerFactory.getLogger(Exchange.class);
    private static final String GATE = ",'gate':{'ttft':'20s'}";
    private static final String SLOW = "'speed':{'tokensPerSecond':50,'promptTokensPerSecond':20}";
    private static final String RESCUED = ",\"agents\":{\"default\":{\"rescue\":true}}";

    private final Set<String> taken = ConcurrentHashMap.newKeySet();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            String[] words = event.getFormattedMessage().split(" ");
            taken.add(words[1] + " " + words[3]);
        }
    };

    @TempDir
    Path directory;

    @BeforeEach
    void listen() {
        EXCHANGES.setLevel(Level.DEBUG);
        appender.start();
        EXCHANGES.addAppender(appender);
    }

    @AfterEach
    void listenNoMore() {
        EXCHANGES.detachAppender(appender);
        EXCHANGES.setLevel(null);
    }

    /** All of it, as {@code FROM TO}. */
    private static List<String> table() {
        return ExchangeState.NEXT.entrySet().stream()
                .flatMap(from -> from.getValue().stream().map(to -> from.getKey() + " " + to))
                .sorted()
                .toList();
    }

    private static void refused(Line line) throws IOException {
        line.json("500 Internal Server Error", "{\"error\":\"no\"}");
    }

    private static Script broken(CountDownLatch read) {
        return line -> {
            line.send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
            line.chunk(FailoverTest.TOKEN);
            line.await(read);
            line.reset();
        };
    }

    /** Asks, opens the gate when a part of the answer has come, and reads to the end, whatever it is. */
    private static void ask(TestServer server, String body, CountDownLatch read) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", body);
            RawClient.Reply head = client.readHead();
            if ("chunked".equals(head.field("Transfer-Encoding"))) {
                client.readChunk();
                read.countDown();
                client.awaitClose();
            }
        }
    }

    /** A request at two hosts, the second a standby. */
    private static void atHosts(Script first, Script second, CountDownLatch read) throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest").plays(first);
                ScriptedBackend two = ScriptedBackend.with("llama3.2:latest").plays(second);
                TestServer server = TestServer.tiers(1, RESCUED, one, two)) {
            ask(server, FailoverTest.CHAT, read);
        }
    }

    private static void hosts() throws Exception {
        atHosts(FailoverTest::good, FailoverTest::good, new CountDownLatch(1));
        atHosts(ExchangeStatesTest::refused, FailoverTest::good, new CountDownLatch(1));
        atHosts(ExchangeStatesTest::refused, ExchangeStatesTest::refused, new CountDownLatch(1));
        CountDownLatch goesOn = new CountDownLatch(1);
        atHosts(broken(goesOn), FailoverTest::good, goesOn);
        CountDownLatch isAlone = new CountDownLatch(1);
        atHosts(broken(isAlone), ExchangeStatesTest::refused, isAlone);
    }

    /** The only attempt fails, or the client leaves while it is under way. */
    private static void oneAttempt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        AtomicInteger requests = new AtomicInteger();
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    if (requests.getAndIncrement() == 0) {
                        refused(line);
                    } else {
                        asked.countDown();
                        line.awaitDeparture();
                    }
                });
                TestServer server = TestServer.tiers(1, ",\"limits\":{\"attempts\":1}", host)) {
            ask(server, FailoverTest.CHAT, new CountDownLatch(1));
            try (RawClient client = new RawClient(server.port())) {
                client.sendPost("/api/chat", FailoverTest.CHAT);
                asked.await();
            }
            await().until(() -> host.departures() == 1);
        }
    }

    /** Requests for which no host is asked. */
    private static void none() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.start(
                        1,
                        "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + host.url()
                                + "\"}},\"routes\":[{\"models\":[\"llama3.2\",\"absent\"],\"tiers\":[[\"b1\"]]}]}")) {
            for (String model : new String[] {"unrouted", "absent"}) {
                assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT.replace("llama3.2", model))
                                .status())
                        .isEqualTo(404);
            }
            String large = FailoverTest.CHAT.replaceFirst("\\{", "{\"options\":{\"num_ctx\":200000},");
            await("the host has said how large a context may be")
                    .until(() ->
                            RawClient.post(server.port(), "/api/chat", large).status() == 400);
        }
    }

    /** The client leaves the queue. */
    private static void queue() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    FailoverTest.good(line);
                });
                TestServer server = TestServer.start(
                        1,
                        "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + host.url()
                                + "\",\"slots\":1}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
                RawClient first = new RawClient(server.port())) {
            first.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> host.requests().size() == 1);
            try (RawClient second = new RawClient(server.port())) {
                second.sendPost("/api/chat", FailoverTest.CHAT);
                await().until(() -> server.waiting() == 1);
            }
            await().until(() -> server.waiting() == 0);
            gate.countDown();
            assertThat(first.read().complete()).isTrue();
        }
    }

    /** The host is too slow for the agent, and the clouds refuse. */
    private void clouds() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                ScriptedBackend one = CloudScene.cloud(ExchangeStatesTest::refused);
                ScriptedBackend two = CloudScene.cloud(ExchangeStatesTest::refused);
                TestServer server = new CloudScene(1, directory).server(host, SLOW, one, two, GATE)) {
            String chat = FailoverTest.CHAT.replace("hi", "What do ants say to one another? ".repeat(80));
            assertThat(CloudScene.ask(server, "/api/chat", chat).field("X-Essaim-Backend"))
                    .isEqualTo("dev2");
        }
    }

    @Test
    void everyTransitionOfTheTable_isTaken_andNoOther() throws Exception {
        hosts();
        oneAttempt();
        none();
        queue();
        clouds();
        assertThat(taken.stream().sorted()).containsExactlyElementsOf(table());
    }

    @Test
    void everyStateButTheLastMayEndTheRequest_andNothingFollowsThat() {
        for (ExchangeState state : EnumSet.complementOf(EnumSet.of(ExchangeState.OVER))) {
            assertThat(state.to(ExchangeState.OVER)).isEqualTo(ExchangeState.OVER);
            assertThatThrownBy(() -> ExchangeState.OVER.to(state)).isInstanceOf(IllegalStateException.class);
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.config.KeyHash;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Who a request is from: path, key, field, model, port, in this order; and what an agent with keys asks for. */
@Isolated("reads the log of the JVM")
@ParameterizedClass
@ValueSource(ints = {1, 4})
class AgentsTest {
    private static final String RSSI_KEY = "es-rssi-0123456789";
    private static final String OPS_KEY = "es-ops-0123456789";

    @Parameter
    int loops;

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

    private static String agents(int port) {
        return ",\"agents\":{\"main\":{},\"dev\":{\"port\":" + port + "},\"rssi\":{\"keys\":[\"" + KeyHash.of(RSSI_KEY)
                + "\"]},\"ops\":{\"manage\":true,\"keys\":[\"" + KeyHash.of(OPS_KEY) + "\"]}}";
    }

    /** Below those that the system hands out: nobody's connection takes it meanwhile. */
    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(12_000, 30_000);
            try (ServerSocket socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // Somebody else's; another one.
            }
        }
    }

    private static RawClient.Reply chat(int port, String path, String fields, String model) throws IOException {
        String body = FailoverTest.CHAT.replace("llama3.2", model);
        try (RawClient client = new RawClient(port)) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields.replace("|", "\r\n")
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .read();
        }
    }

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest", "llama3.2:1b").plays(FailoverTest::good);
    }

    private String loggedAgent() {
        Awaitility.await().until(() -> !lines.list.isEmpty());
        String line = lines.list.get(0).getFormattedMessage();
        assertThat(line).doesNotContain(RSSI_KEY).doesNotContain(OPS_KEY);
        return line.replaceAll(".* agent=(\\S+) .*", "$1");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/chat,                         '',                                        llama3.2,       default",
        "/agents/main/api/chat,             '',                                        llama3.2,       main",
        "/agents/Main/api/chat,             X-Agent: dev|,                             dev/llama3.2,   main",
        "/agents/unheard-of/api/chat,       '',                                        llama3.2,       unheard-of",
        "/api/chat,                         Authorization: Bearer es-rssi-0123456789|, llama3.2,       rssi",
        "/api/chat,                         authorization: bearer es-rssi-0123456789|X-Agent: dev|, llama3.2, rssi",
        "/api/chat,                         x-api-key: es-rssi-0123456789|,            dev/llama3.2,   rssi",
        "/k/es-rssi-0123456789/api/chat,    '',                                        llama3.2,       rssi",
        "/k/es-rssi-0123456789/agents/rssi/api/chat, '',                               llama3.2,       rssi",
        "/agents/rssi/api/chat,             x-api-key: es-rssi-0123456789|,            llama3.2,       rssi",
        "/agents/main/api/chat,             x-api-key: es-rssi-0123456789|,            llama3.2,       main",
        "/api/chat,                         Authorization: Bearer ollama-local|,       llama3.2,       default",
        "/k/made-up/api/chat,               '',                                        llama3.2,       default",
        "/api/chat,                         X-Agent: dev|,                             rssi/llama3.2,  dev",
        "/api/chat,                         X-Agent: no/name|,                         llama3.2,       default",
        "/api/chat,                         '',                                        dev/llama3.2:1b, dev",
        "/api/chat,                         '',                                        llama3.2:main,  main",
        "/api/chat,                         '',                                        MAIN/llama3.2,  main"
    })
    void theFirstThatTells_decides(String path, String fields, String model, String agent) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, agents(freePort()), backend)) {
            RawClient.Reply reply = chat(server.port(), path, fields, model);
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(loggedAgent()).isEqualTo(agent);
            ScriptedBackend.Recorded sent = backend.requests().get(0);
            assertThat(sent.requestLine()).isEqualTo("POST /api/chat HTTP/1.1");
            assertThat(sent.head()).doesNotContain("es-rssi").doesNotContainIgnoringCase("x-agent");
            assertThat(sent.bodyText()).contains(model.contains("1b") ? "\"llama3.2:1b\"" : "\"llama3.2");
            assertThat(sent.bodyText()).doesNotContain("dev/").doesNotContain("main");
        }
    }

    @Test
    void aPortOfItsOwn_tellsLast() throws Exception {
        int port = freePort();
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, agents(port), backend)) {
            assertThat(chat(port, "/api/chat", "", "llama3.2").status()).isEqualTo(200);
            assertThat(loggedAgent()).isEqualTo("dev");
            lines.list.clear();
            assertThat(chat(port, "/api/chat", "", "main/llama3.2").status()).isEqualTo(200);
            assertThat(loggedAgent()).isEqualTo("main");
            assertThat(server.port()).isNotEqualTo(port);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/agents/rssi/api/chat,          '',                                       llama3.2",
        "/agents/rssi/api/chat,          x-api-key: es-ops-0123456789|,            llama3.2",
        "/agents/rssi/api/chat,          Authorization: Basic ZXMtcnNzaQ==|,       llama3.2",
        "/agents/rssi/api/chat?api_key=es-rssi-0123456789, '',                     llama3.2",
        "/agents/rssi/api/chat,          x-api-key: es-rssi-01234567890|,          llama3.2",
        "/k/es-rssi-012345678/agents/rssi/api/chat, x-api-key: es-rssi-0123456789|, llama3.2",
        "/api/chat,                      X-Agent: rssi|,                           llama3.2",
        "/api/chat,                      '',                                       rssi/llama3.2",
        "/api/chat,                      '',                                       llama3.2:RSSI",
        "/api/chat,                      X-Agent: rssi|x-api-key: \u00e9s-rssi|,   llama3.2",
    })
    void aClaimWithoutItsKey_is401(String path, String fields, String model) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, agents(freePort()), backend)) {
            RawClient.Reply reply = chat(server.port(), path, fields, model);
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.text()).contains("agent \\\"rssi\\\" needs one of its keys");
            assertThat(reply.field("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("no_key");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aRefusal_speaksTheClientsDialect() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, agents(freePort()), backend)) {
            assertThat(chat(server.port(), "/agents/rssi/v1/chat/completions", "", "llama3.2")
                            .text())
                    .startsWith("{\"error\":{\"message\":\"unauthorized: ");
            assertThat(chat(server.port(), "/agents/rssi/v1/messages", "", "llama3.2")
                            .text())
                    .startsWith("{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/version", "/api/tags", "/api/ps", "/v1/models", "/v1/models/llama3.2"})
    void whatClientsAskBeforeTheyKnowAKey_staysOpen(String path) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, agents(freePort()), backend)) {
            RawClient.Reply plain = RawClient.get(server.port(), path);
            RawClient.Reply prefixed = RawClient.get(server.port(), "/agents/rssi" + path);
            RawClient.Reply keyed = RawClient.get(server.port(), "/k/" + RSSI_KEY + path);
            assertThat(plain.status()).isEqualTo(200);
            assertThat(prefixed.text()).isEqualTo(plain.text());
            assertThat(keyed.text()).isEqualTo(plain.text());
        }
    }

    @Test
    void managing_needsTheKeyToo() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.host().uninstall("llama3.2:latest");
                    FailoverTest.answering("200 OK", "", "").play(line);
                });
                TestServer server = TestServer.tiers(loops, agents(freePort()), backend)) {
            String order = "DELETE /agents/ops/api/delete HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 20\r\n\r\n"
                    + "{\"model\":\"llama3.2\"}";
            try (RawClient client = new RawClient(server.port())) {
                assertThat(client.send(order.formatted("")).read().status()).isEqualTo(401);
            }
            try (RawClient client = new RawClient(server.port())) {
                assertThat(client.send(order.formatted("x-api-key: " + RSSI_KEY + "\r\n"))
                                .read()
                                .status())
                        .isEqualTo(401);
            }
            assertThat(backend.requests()).isEmpty();
            try (RawClient client = new RawClient(server.port())) {
                assertThat(client.send(order.formatted("x-api-key: " + OPS_KEY + "\r\n"))
                                .read()
                                .status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void aRedirect_keepsThePrefix_andIsNoWayToWriteFields() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, agents(freePort()), backend)) {
            RawClient.Reply reply = RawClient.get(server.port(), "/k/some-key/agents/main/api/tags/");
            assertThat(reply.status()).isEqualTo(301);
            assertThat(reply.field("Location")).isEqualTo("/k/some-key/agents/main/api/tags");
            RawClient.Reply smuggled = RawClient.get(server.port(), "/k/a%0d%0aX-Evil:%201/api/tags/");
            assertThat(smuggled.status()).isEqualTo(404);
            assertThat(smuggled.fields()).noneMatch(field -> field.startsWith("X-Evil"));
        }
    }

    @Test
    void keysForTheDefaultAgent_areForEverybody() throws Exception {
        String rules = ",\"agents\":{\"default\":{\"keys\":[\"" + KeyHash.of(OPS_KEY) + "\"]}}";
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, rules, backend)) {
            for (String path : List.of("/api/chat", "/agents/made-up/api/chat")) {
                assertThat(chat(server.port(), path, "", "llama3.2").status()).isEqualTo(401);
                assertThat(chat(server.port(), path, "x-api-key: " + OPS_KEY + "|", "llama3.2")
                                .status())
                        .isEqualTo(200);
            }
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What an agent's zone keeps near stays near, whatever happens there. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ZoneTest {
    private static final String CANARY = "canary-7f3a91";
    private static final String RULES = """
            {"listen":{"port":0},"limits":{"attempts":10},"timeouts":{"firstToken":"400ms","whole":"400ms"},
             "backends":{"near":{"url":"%s","zone":"lan","slots":4},"near2":{"url":"%s","zone":"host","slots":4},
              "far":{"url":"%s","zone":"cloud","slots":4},"eu":{"url":"%s","zone":"cloud-eu","slots":4}},
             "routes":[{"models":["elsewhere"],"tiers":[["far"]]},
              {"models":["*"],"tiers":[["near"],["far","eu"],["near2"]]}],
             "agents":{"rssi":{"zone":"lan"},"here":{"zone":"host"},"eu":{"zone":"cloud-eu"},"all":{"zone":"cloud"}}}
            """;
    private static final Map<String, ScriptedBackend.Script> FAULTS = Map.of(
            "429",
            FailoverTest.answering("429 Too Many Requests", "", "{\"error\":\"busy\"}"),
            "500",
            FailoverTest.answering("500 Internal Server Error", "", "{\"error\":\"broken\"}"),
            "reset",
            ScriptedBackend.Line::reset,
            "hang",
            line -> line.awaitDeparture());

    @Parameter
    int loops;

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.list = Collections.synchronizedList(lines.list); // Other tests log meanwhile.
        lines.start();
        root.addAppender(lines);
    }

    @AfterEach
    void nobodyWroteItDown() {
        root.detachAppender(lines);
        assertThat(List.copyOf(lines.list))
                .noneSatisfy(line -> assertThat(line.getFormattedMessage()).contains(CANARY));
    }

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest", "elsewhere:latest").plays(FailoverTest::good);
    }

    private static TestServer server(int loops, ScriptedBackend near, ScriptedBackend near2, ScriptedBackend... far) {
        return TestServer.start(loops, RULES.formatted(near.url(), near2.url(), far[0].url(), far[1].url()));
    }

    private static RawClient.Reply chat(TestServer server, String agent, String model) throws IOException {
        String body = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + CANARY + "\"}]}";
        try (RawClient client = new RawClient(server.port())) {
            return client.send("POST /agents/" + agent + "/api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body)
                    .read();
        }
    }

    private static void neverSent(ScriptedBackend... backends) {
        for (ScriptedBackend backend : backends) {
            assertThat(backend.requests()).isEmpty();
            assertThat(backend.loads())
                    .noneSatisfy(load -> assertThat(load.bodyText()).contains(CANARY));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"429", "500", "reset", "hang"})
    void underEveryFault_itStaysNear(String fault) throws Exception {
        ScriptedBackend.Script broken = FAULTS.get(fault);
        try (ScriptedBackend near = host().plays(broken);
                ScriptedBackend near2 = host().plays(broken);
                ScriptedBackend far = host();
                ScriptedBackend eu = host();
                TestServer server = server(loops, near, near2, far, eu)) {
            for (int i = 0; i < 4; i++) {
                assertThat(chat(server, "rssi", "llama3.2").status()).isGreaterThanOrEqualTo(400);
            }
            assertThat(near.requests()).isNotEmpty();
            neverSent(far, eu);
            assertThat(chat(server, "all", "llama3.2").status()).isEqualTo(200);
        }
    }

    @Test
    void aNearOneFurtherDown_makesGood() throws Exception {
        try (ScriptedBackend near = host().plays(ScriptedBackend.Line::reset);
                ScriptedBackend near2 = host();
                ScriptedBackend far = host();
                ScriptedBackend eu = host();
                TestServer server = server(loops, near, near2, far, eu)) {
            RawClient.Reply reply = chat(server, "rssi", "llama3.2");
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("near2");
            assertThat(chat(server, "here", "llama3.2").field("X-Essaim-Backend"))
                    .isEqualTo("near2");
            neverSent(far, eu);
            assertThat(chat(server, "eu", "llama3.2").field("X-Essaim-Backend")).isEqualTo("eu");
            neverSent(far);
        }
    }

    @Test
    void whereNothingIsNear_theRefusalNamesTheRule() throws Exception {
        try (ScriptedBackend near = host();
                ScriptedBackend near2 = host();
                ScriptedBackend far = host();
                ScriptedBackend eu = host();
                TestServer server = server(loops, near, near2, far, eu)) {
            RawClient.Reply reply = chat(server, "rssi", "elsewhere");
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.text())
                    .contains("model 'elsewhere' not found; agents.rssi.zone is lan, which keeps this from far");
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("zone");
            neverSent(far, eu);
            near.plays(ScriptedBackend.Line::reset);
            near2.plays(ScriptedBackend.Line::reset);
            assertThat(chat(server, "rssi", "llama3.2").text())
                    .contains("; agents.rssi.zone is lan, which keeps this from far, eu");
            neverSent(far, eu);
        }
    }
}

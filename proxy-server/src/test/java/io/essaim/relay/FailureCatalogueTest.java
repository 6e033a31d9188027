package io.essaim.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sixteen ways in which a backend fails, each with a host and with clouds of each dialect, for a client that speaks Ollama. The
 * verdict is always one of two: the whole answer, or an explicit error.
 */
@ParameterizedClass
@CsvSource({"1,OLLAMA", "4,OLLAMA", "1,OPENAI", "4,OPENAI", "1,ANTHROPIC", "4,ANTHROPIC", "1,GEMINI", "4,GEMINI"})
class FailureCatalogueTest {
    private static final String CHAT = CloudScene.CHAT;

    @Parameter(0)
    int loops;

    @Parameter(1)
    Upstream upstream;

    private interface Trial {
        void run(TestServer server, ScriptedBackend one, ScriptedBackend two) throws Exception;
    }

    /** The first backend does this, the second answers well: hosts in two tiers, or clouds in the list of an agent. */
    private void with(Script script, String timeouts, Trial trial) throws Exception {
        try (ScriptedBackend one = upstream.plays(script);
                ScriptedBackend two = upstream.plays(upstream::answers)) {
            String backends = "'b1':%s,'b2':%s".formatted(rule(one), rule(two));
            String rules = upstream.cloud()
                    ? "'dead':{'url':'http://127.0.0.1:9'}," + backends
                            + "},'routes':[{'models':['*'],'tiers':[['dead']]}],"
                    : backends + "},'routes':[{'models':['*'],'tiers':[['b1'],['b2']]}],";
            String agent = upstream.cloud()
                    ? "'cloud':[{'backend':'b1','model':'g'},{'backend':'b2','model':'g'}],'budget':{'day':{'tokens':1000000}}"
                    : "";
            try (TestServer server = TestServer.start(
                    loops,
                    ("{'listen':{'port':0},'admin':{'port':0},'timeouts':{" + timeouts + "},'backends':{" + rules
                                    + "'agents':{'rssi':{" + agent + "}}}")
                            .replace('\'', '"'))) {
                trial.run(server, one, two);
            }
        }
    }

    private String rule(ScriptedBackend backend) {
        String dialect = upstream.cloud() ? ",'dialect':'" + upstream.name().toLowerCase(Locale.ROOT) + "'" : "";
        return "{'url':'" + backend.url() + upstream.suffix + "'" + dialect + "}";
    }

    private static void assertWhole(RawClient.Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.complete()).isTrue();
        assertThat(reply.text()).contains("Bon").contains("jour").contains("\"done\":true");
        assertThat(reply.text()).doesNotContain("\"error\"");
    }

    private void movesOn(Script bad, String timeouts) throws Exception {
        with(bad, timeouts, (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CHAT);
            assertWhole(reply);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
            assertThat(one.requests()).hasSize(1);
        });
    }

    /** What came is shown, then one error line, then no proper end. */
    private void breaksOff(Script bad, String timeouts) throws Exception {
        with(bad, timeouts, (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CHAT);
            assertThat(reply.complete()).isFalse();
            String[] lines = reply.text().split("\n", -1);
            assertThat(lines[0]).contains("Bon");
            assertThat(lines[lines.length - 2]).startsWith("{\"error\":");
            assertThat(reply.text()).doesNotContain("\"done\":true");
            assertThat(two.requests()).isEmpty();
        });
    }

    private void saysSo(String body, String message) throws Exception {
        with(line -> line.json("400 Bad Request", body), "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CHAT);
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).startsWith("{\"error\":").contains(message);
            assertThat(two.requests()).as("the request is at fault").isEmpty();
        });
    }

    @Test
    void a429WithRetryAfter() throws Exception {
        Script busy =
                line -> line.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 2\r\n\r\n{}");
        with(busy, "", (server, one, two) -> {
            for (int i = 0; i < 3; i++) {
                assertWhole(CloudScene.ask(server, "/api/chat", CHAT));
            }
            assertThat(one.requests()).as("it is left alone").hasSize(1);
            assertThat(two.requests()).hasSize(3);
        });
    }

    @Test
    void a429WithoutRetryAfter() throws Exception {
        movesOn(line -> line.json("429 Too Many Requests", "{\"error\":{\"message\":\"slow down\"}}"), "");
    }

    @Test
    void a500() throws Exception {
        movesOn(line -> line.json("500 Internal Server Error", "{\"error\":{\"message\":\"oops\"}}"), "");
    }

    @Test
    void a503() throws Exception {
        movesOn(line -> line.json("503 Service Unavailable", "{\"error\":{\"message\":\"overloaded\"}}"), "");
    }

    @Test
    void aReset() throws Exception {
        movesOn(ScriptedBackend.Line::reset, "");
    }

    @Test
    void noResponse() throws Exception {
        movesOn(ScriptedBackend.Line::awaitDeparture, "'firstToken':'100ms'");
    }

    @Test
    void aSlowFirstToken() throws Exception {
        movesOn(
                line -> {
                    line.send(upstream.head());
                    line.awaitDeparture();
                },
                "'firstToken':'100ms'");
    }

    @Test
    void aSlowFirstTokenThatComesInTime() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Script slow = line -> {
            line.send(upstream.head());
            line.await(gate);
            line.chunk(upstream.first);
            line.chunk(upstream.rest);
            line.send("0\r\n\r\n");
        };
        with(slow, "'heartbeat':'1ms'", (server, one, two) -> {
            try (RawClient client = new RawClient(server.port())) {
                client.sendPost("/agents/rssi/api/chat", CHAT);
                await().until(() -> one.requests().size() == 1);
                gate.countDown();
                assertWhole(client.read());
            }
            assertThat(two.requests()).isEmpty();
        });
    }

    @Test
    void aCut() throws Exception {
        breaksOff(
                line -> {
                    upstream.begins(line);
                    line.reset();
                },
                "");
    }

    @Test
    void aStall() throws Exception {
        breaksOff(
                line -> {
                    upstream.begins(line);
                    line.awaitDeparture();
                },
                "'idle':'100ms'");
    }

    /** Read together with the first token nothing of it was shown, and the next one is asked. */
    @Test
    void aMalformedChunk() throws Exception {
        Script bad = line -> {
            upstream.begins(line);
            line.send("zz\r\nhello\r\n");
            line.awaitDeparture();
        };
        with(bad, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CHAT);
            if (reply.complete()) {
                assertWhole(reply);
                assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
            } else {
                assertThat(reply.text()).contains("\n{\"error\":").doesNotContain("\"done\":true");
                assertThat(two.requests()).isEmpty();
            }
        });
    }

    @Test
    void aMissingTerminator() throws Exception {
        breaksOff(
                line -> {
                    upstream.begins(line);
                    line.send("0\r\n\r\n");
                },
                "");
    }

    @Test
    void aPromptBeyondTheContext() throws Exception {
        saysSo(upstream.tooLong, "the input length exceeds the context length");
    }

    @Test
    void aPrefillThatIsRejected() throws Exception {
        saysSo(upstream.noPrefill, upstream.noPrefill.replaceAll(".*(message|error)\":\"([A-Za-z ]+).*", "$2"));
    }

    @Test
    void aContentFilter() throws Exception {
        Assumptions.assumeTrue(upstream.cloud(), "an Ollama has none");
        Script filters = line -> {
            switch (upstream) {
                case OPENAI ->
                    line.json(
                            "400 Bad Request",
                            "{\"error\":{\"message\":\"The response was filtered\",\"code\":\"content_filter\"}}");
                case ANTHROPIC -> {
                    line.send(upstream.head());
                    line.chunk(upstream.first.substring(0, upstream.first.indexOf("event: content_block_start"))
                            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\","
                            + "\"stop_sequence\":null},\"usage\":{\"output_tokens\":0}}\n\n"
                            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
                    line.send("0\r\n\r\n");
                }
                default -> {
                    line.send(upstream.head());
                    line.chunk(
                            "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":7,"
                                    + "\"totalTokenCount\":7}}\r\n\r\n");
                    line.send("0\r\n\r\n");
                }
            }
        };
        with(filters, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CHAT);
            switch (upstream) {
                case OPENAI ->
                    assertThat(reply.text()).startsWith("{\"error\":").contains("filter");
                case ANTHROPIC ->
                    assertThat(reply.text())
                            .as("no answer, and it says why")
                            .contains("\"done_reason\":\"content_filter\"");
                default -> assertWhole(reply); // It said nothing, so the next one was asked.
            }
        });
    }

    @Test
    void flapping() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Script flaps = line -> {
            if (asked.getAndIncrement() % 2 == 0) {
                line.reset();
            } else {
                upstream.answers(line);
            }
        };
        with(flaps, "", (server, one, two) -> {
            for (int i = 0; i < 20; i++) {
                assertWhole(CloudScene.ask(server, "/api/chat", CHAT));
            }
            assertThat(two.requests()).isNotEmpty();
        });
    }

    @Test
    void accounting() throws Exception {
        Assumptions.assumeTrue(upstream.cloud(), "hosts have no budget");
        AtomicInteger asked = new AtomicInteger();
        Script script = line -> {
            switch (asked.getAndIncrement()) {
                case 0 -> upstream.answers(line);
                case 1 -> line.json("500 Internal Server Error", "{}");
                default -> {
                    upstream.begins(line);
                    line.reset();
                }
            }
        };
        with(script, "", (server, one, two) -> {
            CloudScene.ask(server, "/api/chat", CHAT);
            assertThat(spent(server)).as("what it said that it used").isEqualTo(10);
            CloudScene.ask(server, "/api/chat", CHAT);
            assertThat(spent(server)).as("nothing for an error").isEqualTo(20);
            CloudScene.ask(server, "/api/chat", CHAT);
            assertThat(spent(server))
                    .as("the most for one that broke off without a word of it")
                    .isGreaterThan(8192);
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
        });
    }

    private static long spent(TestServer server) throws Exception {
        return Long.parseLong(CloudScene.budget(server, "tokens", "spent"));
    }
}

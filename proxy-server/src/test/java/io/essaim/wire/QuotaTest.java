package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** How often and how much at once an agent may ask, and what it is told beyond that. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class QuotaTest {
    private static final String AGENTS = """
            ,"admin":{"port":0},"agents":{"daily":{"rate":{"requests":2,"per":"day"}},"one":{"concurrency":1},
              "default":{"rate":{"requests":1,"per":"day"}}}
            """;

    @Parameter
    int loops;

    private static RawClient.Reply chat(TestServer server, String agent) throws IOException {
        return RawClient.post(server.port(), "/agents/" + agent + "/api/chat", FailoverTest.CHAT);
    }

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
    }

    @Test
    void whatRunsAModel_isCounted_perAgent() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, AGENTS, backend)) {
            assertThat(RawClient.get(server.port(), "/agents/daily/api/tags").status())
                    .isEqualTo(200);
            assertThat(chat(server, "daily").status()).isEqualTo(200);
            assertThat(chat(server, "DAILY").status()).isEqualTo(200);
            RawClient.Reply refused = chat(server, "daily");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.field("X-Essaim-Reason")).isEqualTo("rate");
            int seconds = Integer.parseInt(refused.field("Retry-After"));
            assertThat(seconds).isBetween(43000, 43200);
            assertThat(refused.text())
                    .contains("agent \\\"daily\\\" may make 2 requests per day. Please try again in " + seconds + "s.");
            assertThat(chat(server, "unheard-of").status()).isEqualTo(200);
            assertThat(chat(server, "another").status())
                    .as("inventing names is no way around")
                    .isEqualTo(429);
            assertThat(chat(server, "one").status()).isEqualTo(200);
            assertThat(RawClient.get(server.server().adminPort(), "/status").text())
                    .contains("\"name\":\"daily\",\"needsKey\":false,\"manage\":false,\"refused\":1,");
            assertThat(RawClient.post(server.port(), "/agents/daily/v1/messages", FailoverTest.CHAT)
                            .text())
                    .contains("\"type\":\"rate_limit_error\"");
        }
    }

    @Test
    void oneAtOnce_andItsEndMakesRoom_howeverItEnds() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = host().plays(line -> {
                    line.await(gate);
                    FailoverTest.good(line);
                });
                TestServer server = TestServer.tiers(loops, AGENTS, backend);
                RawClient first = new RawClient(server.port())) {
            first.sendPost("/agents/one/api/chat", FailoverTest.CHAT);
            await().until(() -> backend.requests().size() == 1);
            RawClient.Reply refused = chat(server, "one");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.field("X-Essaim-Reason")).isEqualTo("concurrency");
            assertThat(refused.field("Retry-After")).isEqualTo("5");
            assertThat(refused.text())
                    .contains("agent \\\"one\\\" has 1 requests under way, as many as it may."
                            + " Please try again in 5s.");
            gate.countDown();
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(chat(server, "one").status()).isEqualTo(200);
            backend.plays(ScriptedBackend.Line::reset);
            assertThat(chat(server, "one").status()).isGreaterThanOrEqualTo(500);
            backend.plays(line -> line.awaitDeparture());
            try (RawClient leaving = new RawClient(server.port())) {
                int before = backend.requests().size();
                leaving.sendPost("/agents/one/api/chat", FailoverTest.CHAT);
                await().until(() -> backend.requests().size() == before + 1);
            }
            await().until(() -> server.server().busy() == 0);
            backend.plays(FailoverTest::good);
            assertThat(chat(server, "one").status()).isEqualTo(200);
        }
    }
}

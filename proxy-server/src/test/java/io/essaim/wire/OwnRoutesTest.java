package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** An agent's own routes go before those for everybody, in whatever becomes of its requests. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class OwnRoutesTest {
    private static final String RULES = """
            {"listen":{"port":0},"admin":{"port":0},"canaries":false,"manage":true,
             "backends":{"dev2":{"url":"%s","slots":1},"pi":{"url":"%s","slots":1}},
             "routes":[{"models":["*"],"tiers":[["dev2"],["pi"]]}],
             "agents":{"night":{"class":"batch","routes":[{"models":["llama3.2"],"tiers":[["pi"],["dev2"]]}]},
              "kept":{"class":"batch","routes":[{"models":["*"],"tiers":[["pi"]]}]},
              "near":{"zone":"host","routes":[{"models":["llama3.2"],"tiers":[["pi"]]}]}}}
            """;

    @Parameter
    int loops;

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest", "qwen3:0.6b").plays(FailoverTest::good);
    }

    private TestServer server(ScriptedBackend dev2, ScriptedBackend pi) {
        return TestServer.start(loops, RULES.formatted(dev2.url(), pi.url()));
    }

    private static RawClient.Reply chat(TestServer server, String agent) throws IOException {
        return RawClient.post(server.port(), "/agents/" + agent + "/api/chat", FailoverTest.CHAT);
    }

    private static String answeredBy(TestServer server, String agent) throws IOException {
        RawClient.Reply reply = chat(server, agent);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.field("X-Essaim-Backend");
    }

    @Test
    void batchGoesToThePi_theOthersToTheFastHost_andModelsOfNoOwnRouteAsEverybodys() throws Exception {
        try (ScriptedBackend dev2 = host();
                ScriptedBackend pi = host();
                TestServer server = server(dev2, pi)) {
            assertThat(answeredBy(server, "night")).isEqualTo("pi");
            assertThat(answeredBy(server, "NIGHT")).isEqualTo("pi");
            assertThat(answeredBy(server, "near")).isEqualTo("pi");
            assertThat(answeredBy(server, "main")).isEqualTo("dev2");
            assertThat(answeredBy(server, "default")).isEqualTo("dev2");
            RawClient.Reply other = RawClient.post(
                    server.port(), "/agents/night/api/chat", FailoverTest.CHAT.replace("llama3.2", "qwen3:0.6b"));
            assertThat(other.field("X-Essaim-Backend")).isEqualTo("dev2");
        }
    }

    @Test
    void eitherMakesGoodForTheOther_unlessTheOwnRouteLeavesItOut() throws Exception {
        try (ScriptedBackend dev2 = host();
                ScriptedBackend pi = host();
                TestServer server = server(dev2, pi)) {
            pi.plays(ScriptedBackend.Line::reset);
            assertThat(answeredBy(server, "night")).isEqualTo("dev2");
            int before = dev2.requests().size();
            assertThat(chat(server, "kept").status()).isGreaterThanOrEqualTo(500);
            assertThat(dev2.requests()).as("its own route names the pi alone").hasSize(before);
        }
        try (ScriptedBackend dev2 = host().plays(ScriptedBackend.Line::reset);
                ScriptedBackend pi = host();
                TestServer server = server(dev2, pi)) {
            assertThat(answeredBy(server, "main")).isEqualTo("pi");
            assertThat(answeredBy(server, "night")).isEqualTo("pi");
        }
    }

    @Test
    void whoWaitsForTheOwnRoute_isSentToItsHost_whoeverHasRoomBefore() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend dev2 = host();
                ScriptedBackend pi = host().plays(line -> {
                    line.await(gate);
                    FailoverTest.good(line);
                });
                TestServer server = server(dev2, pi);
                RawClient first = new RawClient(server.port());
                RawClient second = new RawClient(server.port())) {
            first.sendPost("/agents/kept/api/chat", FailoverTest.CHAT);
            await().until(() -> pi.requests().size() == 1);
            second.sendPost("/agents/kept/api/chat", FailoverTest.CHAT);
            await().until(() -> server.waiting() == 1);
            assertThat(answeredBy(server, "main")).isEqualTo("dev2");
            assertThat(server.waiting()).as("room at dev2 is none for it").isEqualTo(1);
            gate.countDown();
            assertThat(first.read().field("X-Essaim-Backend")).isEqualTo("pi");
            assertThat(second.read().field("X-Essaim-Backend")).isEqualTo("pi");
        }
    }

    @Test
    void explainAndWhyTellOfThem() throws Exception {
        try (ScriptedBackend dev2 = host();
                ScriptedBackend pi = host();
                TestServer server = server(dev2, pi)) {
            int admin = server.server().adminPort();
            String night =
                    RawClient.get(admin, "/explain?model=llama3.2&agent=night").text();
            assertThat(night.indexOf("\"pi\"")).isPositive().isLessThan(night.indexOf("\"dev2\""));
            String main =
                    RawClient.get(admin, "/explain?model=llama3.2&agent=main").text();
            assertThat(main.indexOf("\"dev2\"")).isPositive().isLessThan(main.indexOf("\"pi\""));
            assertThat(RawClient.get(admin, "/explain?model=llama3.2&agent=kept")
                            .text())
                    .contains("\"pi\"")
                    .doesNotContain("\"dev2\"");
            RawClient.Reply reply = chat(server, "kept");
            assertThat(RawClient.get(admin, "/why/" + reply.field("X-Essaim-Route-Id"))
                            .text())
                    .contains("\"pi\"")
                    .doesNotContain("\"dev2\"");
        }
    }

    @Test
    void aPullGoesWhereAnOwnRouteNeedsTheModel() throws Exception {
        try (ScriptedBackend dev2 = host();
                ScriptedBackend pi = host();
                TestServer server = server(dev2, pi)) {
            await().until(() -> server.backend("pi").health() == Backend.Health.UP);
            RawClient.Reply reply = RawClient.post(server.port(), "/api/pull", "{\"model\":\"llama3.2\"}");
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(dev2.requests()).hasSize(1);
            assertThat(pi.requests()).hasSize(1);
        }
    }
}

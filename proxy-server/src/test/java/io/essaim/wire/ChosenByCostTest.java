package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.fleet.RequestForecast;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.RequestSize;
import io.essaim.model.ModelName;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts that differ, in one tier: who is chosen after they were seen to differ. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ChosenByCostTest {
    private static final ModelName MODEL = ModelName.parse("llama3.2").orElseThrow();

    @Parameter
    int loops;

    @TempDir
    Path state;

    private static SimulatedHost host(double tokensPerSecond, double promptTokensPerSecond) {
        HostProfile.Speed speed = new HostProfile.Speed(tokensPerSecond, promptTokensPerSecond, 1e12, 0);
        return SimulatedHost.start(HostProfile.dev2().withSpeed(speed).withAnswerTokens(40, 60), "127.0.0.1", 0);
    }

    private static String rules(SimulatedHost slow, SimulatedHost quick) {
        return """
               {"listen":{"port":0},
                "backends":{"slow":{"url":"%s","slots":1},"quick":{"url":"%s","slots":1}},
                "routes":[{"models":["*"],"tiers":[["slow","quick"]]}]}
               """.formatted(slow.url(), quick.url());
    }

    private static RawClient.Reply chat(TestServer server, String messages) throws Exception {
        RawClient.Reply reply =
                RawClient.post(server.port(), "/api/chat", "{\"model\":\"llama3.2\",\"messages\":[" + messages + "]}");
        assertThat(reply.complete()).isTrue();
        return reply;
    }

    private static String user(String text) {
        return "{\"role\":\"user\",\"content\":\"" + text + "\"}";
    }

    private static String who(TestServer server, String messages) throws Exception {
        return Objects.requireNonNull(chat(server, messages).field("X-Essaim-Backend"));
    }

    /** Six short questions, of which each host gets at least one. */
    private static void measure(TestServer server) throws Exception {
        for (int i = 0; i < 6; i++) {
            who(server, user("question " + i + " of a stranger"));
        }
    }

    @Test
    void theFasterHost_onceEachWasTried() throws Exception {
        try (SimulatedHost slow = host(150, 2_000);
                SimulatedHost quick = host(1_500, 20_000);
                TestServer server = TestServer.start(loops, rules(slow, quick))) {
            measure(server);
            assertThat(slow.state().requests("POST /api/chat")).as("tried").isPositive();
            for (int i = 0; i < 5; i++) {
                assertThat(who(server, user("and number " + i))).isEqualTo("quick");
            }
        }
    }

    @Test
    void theHostThatHasReadTheConversation_evenIfStrangersGoElsewhere() throws Exception {
        try (SimulatedHost slow = host(500, 2_500);
                SimulatedHost quick = host(500, 5_000);
                TestServer server = TestServer.start(loops, rules(slow, quick))) {
            measure(server);
            for (int i = 0; i < 3; i++) { // Long ones show how fast they read.
                assertThat(who(server, user("stranger " + i + " tells a long story. ".repeat(300))))
                        .isNotEmpty();
            }
            String story = "once upon a time there was a swarm of bees. ".repeat(300);
            RawClient.Reply first;
            Lease busy = occupied(server.backend("quick"));
            try {
                first = chat(server, user(story));
                assertThat(first.field("X-Essaim-Backend")).isEqualTo("slow");
            } finally {
                busy.end(Outcome.NEUTRAL);
            }
            assertThat(who(server, user("another " + story))).as("a stranger").isEqualTo("quick");
            String next = user(story) + ",{\"role\":\"assistant\",\"content\":\"so it was\"}," + user("and then?");
            assertThat(who(server, next)).as("the next turn").isEqualTo("slow");
            slow.kill();
            assertThat(who(server, next + "," + user("still there?")))
                    .as("the cache is gone with its host")
                    .isEqualTo("quick");
        }
    }

    /** Somebody else's request, which holds the only slot. */
    private static Lease occupied(Backend backend) {
        RequestSize demand = RequestSize.ofTokens(1);
        RequestForecast forecast =
                new RequestForecast(demand, SlotOwner.PROXY, backend.predict(MODEL, null, demand, 0, backend.now()));
        return backend.lease(MODEL, null, Objects.requireNonNull(backend.gate().tryEnter()), forecast);
    }

    @Test
    void whatWasLearnedOutlivesARestart() throws Exception {
        try (SimulatedHost slow = host(150, 2_000);
                SimulatedHost quick = host(1_500, 20_000)) {
            try (TestServer server = TestServer.keeping(state, loops, rules(slow, quick))) {
                measure(server);
            }
            long tried = slow.state().requests("POST /api/chat");
            try (TestServer server = TestServer.keeping(state, loops, rules(slow, quick))) {
                for (int i = 0; i < 5; i++) {
                    assertThat(who(server, user("question " + i + " after the restart")))
                            .isEqualTo("quick");
                }
            }
            assertThat(slow.state().requests("POST /api/chat"))
                    .as("not tried again")
                    .isEqualTo(tried);
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A primary that dies under load: what had not begun moves on, what had begun ends in one explicit error. */
@Isolated("200 clients at twenty times the usual speed need the whole machine")
@ParameterizedClass
@ValueSource(ints = {1, 4})
class DyingPrimaryTest {
    private static final int CHATS = 200;
    private static final int SLOTS = 40;
    private static final int BEGUN_BEFORE_THE_KILL = 20;

    @Parameter
    int loops;

    /** What one client saw. */
    private record Seen(RawClient.Reply reply, int tokens, int errors) {
        boolean whole() {
            return reply.complete() && errors == 0 && reply.text().contains("\"done\":true");
        }
    }

    @Test
    void killingThePrimary_with200ChatsInFlight_losesNothingThatHadNotBegun() throws Exception {
        List<Seen> all = killing("");
        List<Seen> broken = all.stream().filter(seen -> !seen.whole()).toList();
        assertThat(broken).isNotEmpty().allSatisfy(seen -> {
            assertThat(seen.reply().field("X-Essaim-Backend")).isEqualTo("primary");
            assertThat(seen.tokens()).as("it had begun").isPositive();
            assertThat(seen.errors()).as("one explicit error").isEqualTo(1);
            assertThat(seen.reply().complete()).as("no proper end").isFalse();
        });
        long moved = all.stream()
                .filter(seen -> seen.whole() && "standby".equals(seen.reply().field("X-Essaim-Backend")))
                .count();
        long before = all.stream()
                .filter(seen -> seen.whole() && "primary".equals(seen.reply().field("X-Essaim-Backend")))
                .count();
        assertThat(moved + before + broken.size()).isEqualTo(CHATS);
        assertThat(moved).as("the others moved on").isPositive();
    }

    @Test
    void killingThePrimary_losesNothing_whereTheRulesLetOthersGoOn() throws Exception {
        List<Seen> all = killing(",\"agents\":{\"default\":{\"rescue\":true}}");
        assertThat(all).allMatch(Seen::whole, "is whole");
        assertThat(all.stream()
                        .filter(seen -> seen.reply().text().contains("\"essaim\":{\"rescued\":1}"))
                        .count())
                .as("those that had begun; a reset also destroys ends of answers that nobody has read yet")
                .isPositive();
    }

    /** Kills the primary while many chats are in flight there, and some have begun. */
    private List<Seen> killing(String extra) throws Exception {
        HostProfile quick =
                HostProfile.dev2().withTimeScale(20).withSlots(SLOTS).withAnswerTokens(150, 200);
        ExecutorService clients = Executors.newFixedThreadPool(CHATS);
        // Its answers last a second, so that some are under way when it dies, however busy this machine is.
        HostProfile talkative = quick.withAnswerTokens(600, 800);
        try (SimulatedHost primary = SimulatedHost.start(talkative, "127.0.0.1", 0);
                SimulatedHost standby = SimulatedHost.start(quick.withSlots(CHATS), "127.0.0.1", 0);
                TestServer server = TestServer.start(loops, rules(primary, standby, extra))) {
            AtomicInteger begun = new AtomicInteger();
            List<Future<Seen>> chats = new ArrayList<>();
            for (int i = 0; i < CHATS; i++) {
                int number = i;
                chats.add(clients.submit(() -> chat(server.port(), number, begun)));
            }
            Awaitility.await("many are in flight, some have begun")
                    .pollInterval(java.time.Duration.ofMillis(10))
                    .until(() -> server.backend("primary").inFlight() >= BEGUN_BEFORE_THE_KILL
                            && begun.get() >= BEGUN_BEFORE_THE_KILL);
            primary.kill();
            List<Seen> all = new ArrayList<>();
            for (Future<Seen> chat : chats) {
                all.add(chat.get());
            }
            assertThat(all).allSatisfy(seen -> assertThat(seen.reply().status()).isEqualTo(200));
            return all;
        } finally {
            clients.shutdownNow();
        }
    }

    private static Seen chat(int port, int number, AtomicInteger begun) throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.sendPost(
                    "/api/chat",
                    "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"bee " + number + "\"}]}");
            RawClient.Reply head = client.readHead();
            begun.incrementAndGet();
            List<byte[]> chunks = new ArrayList<>();
            boolean complete = false;
            try {
                for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                    chunks.add(chunk);
                }
                complete = true;
            } catch (java.io.EOFException e) {
                // Said by the flag.
            }
            RawClient.Reply reply = new RawClient.Reply(head.status(), head.fields(), chunks, complete);
            String[] lines = reply.text().split("\n");
            int errors = 0;
            for (String line : lines) {
                errors += line.startsWith("{\"error\":") ? 1 : 0;
            }
            return new Seen(reply, lines.length - errors, errors);
        }
    }

    /**
     * The rules promise more slots than the primary has, so that most chats are at the host, waiting there; and so little of the
     * standby that nobody goes there to wait less.
     */
    private static String rules(SimulatedHost primary, SimulatedHost standby, String extra) {
        return """
               {"listen":{"port":0},
                "backends":{"primary":{"url":"%s","slots":%d},"standby":{"url":"%s","slots":%d,"weight":0.01}},
                "routes":[{"models":["*"],"tiers":[["primary"],["standby"]]}]%s}
               """.formatted(primary.url(), CHATS, standby.url(), CHATS, extra);
    }
}

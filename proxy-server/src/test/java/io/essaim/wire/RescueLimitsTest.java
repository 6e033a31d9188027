package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What is not rescued ends with an error that says so, and nothing is left behind. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RescueLimitsTest {
    private static final String CALL = "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":"
            + "[{\"function\":{\"name\":\"f\",\"arguments\":{}}}]},\"done\":false}\n";
    private static final String RUNNER_DIED = "{\"error\":\"an error was encountered while running the model\"}\n";

    @Parameter
    int loops;

    /** Sends these frames, and breaks off once the client has read some of it. */
    private static Script breaking(CountDownLatch read, Script how, String... frames) {
        return line -> {
            line.send(FailoverTest.HEAD);
            line.chunk(String.join("", frames));
            line.await(read);
            how.play(line);
        };
    }

    /** The answer is these frames and one error; returns that. */
    private static String brokenOff(RawClient.Reply reply, String... frames) {
        String all = String.join("", frames);
        assertThat(reply.text().startsWith(all))
                .as(reply.text()
                        .lines()
                        .limit(9)
                        .map(line -> line.substring(0, Math.min(200, line.length())))
                        .toList()
                        .toString())
                .isTrue();
        String error = reply.text().substring(all.length());
        Dialects.assertOneErrorFrame("", "/api/chat", error);
        assertThat(reply.complete()).isFalse();
        return new JsonMapper().readTree(error).path("error").asString("");
    }

    /** The first backend says this and dies; the second is not asked. */
    private void left(String extra, String path, String body, String... frames) throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::reset, frames));
                ScriptedBackend two = RescueTest.host(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, extra, one, two)) {
            RawClient.Reply reply = RescueTest.post(server, path, body, String.join("", frames), read);
            assertThat(brokenOff(reply, frames))
                    .startsWith("the answer is incomplete: b1: the connection broke in the middle of its answer");
            assertThat(two.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"agents\":{\"default\":{\"rescue\":false},\"other\":{\"rescue\":true}}"})
    void whoseRuleDoesNotAllowIt_getsTheError(String rules) throws Exception {
        left(rules, "/api/chat", FailoverTest.CHAT, FailoverTest.TOKEN);
    }

    @Test
    void anAnswerThatCalledATool_isLeft() throws Exception {
        left(RescueTest.ALLOWED, "/api/chat", FailoverTest.CHAT, FailoverTest.TOKEN, CALL);
        left(RescueTest.ALLOWED, "/api/chat", FailoverTest.CHAT, CALL, FailoverTest.TOKEN);
    }

    @Test
    void anAnswerThatIsAtItsEnd_isLeft() throws Exception {
        left(RescueTest.ALLOWED, "/api/chat", FailoverTest.CHAT, FailoverTest.TOKEN, FailoverTest.DONE);
    }

    @Test
    void requestsThatCannotBeContinued_areLeft() throws Exception {
        String bound = FailoverTest.CHAT.replace("{\"model\"", "{\"format\":\"json\",\"model\"");
        left(RescueTest.ALLOWED, "/api/chat", bound, FailoverTest.TOKEN);
        String prompt = "{\"model\":\"llama3.2\",\"prompt\":\"Once\"}";
        left(RescueTest.ALLOWED, "/api/generate", prompt, "{\"response\":\"upon\",\"done\":false}\n");
    }

    @Test
    void linesThatAreNoJson_passAsTheyCome_andAreLeft() throws Exception {
        left(RescueTest.ALLOWED, "/api/chat", FailoverTest.CHAT, FailoverTest.TOKEN, "[1]\n", "so what\n");
    }

    @Test
    void anAnswerThatIsTooLong_isLeft() throws Exception {
        String frame = RescueTest.token("x".repeat(300_000));
        left(RescueTest.ALLOWED, "/api/chat", FailoverTest.CHAT, frame, frame, frame, frame);
    }

    @Test
    void theBackendsOwnError_isTold_whereNobodyCanGoOn() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        Script dying = breaking(read, line -> line.chunk(RUNNER_DIED), FailoverTest.TOKEN);
        try (ScriptedBackend one = RescueTest.host(dying);
                ScriptedBackend two = RescueTest.host(Line::reset);
                TestServer server = TestServer.tiers(loops, RescueTest.ALLOWED, one, two)) {
            RawClient.Reply reply = RescueTest.post(server, "/api/chat", FailoverTest.CHAT, "", read);
            assertThat(brokenOff(reply, FailoverTest.TOKEN))
                    .contains("b1: it ended its stream with an error", "b2: ", "nobody else can go on")
                    .endsWith("an error was encountered while running the model");
        }
    }

    @Test
    void whenAllBreakOff_oneErrorNamesThem() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, FailoverTest.TOKEN));
                ScriptedBackend two = RescueTest.host(breaking(read, Line::close, RescueTest.token("b")));
                ScriptedBackend three = RescueTest.host(breaking(read, Line::close, RescueTest.token("c")));
                ScriptedBackend four = RescueTest.host(FailoverTest::good);
                TestServer server = TestServer.tiers(
                        loops, RescueTest.ALLOWED + ",\"limits\":{\"attempts\":9}", one, two, three, four)) {
            RawClient.Reply reply = RescueTest.post(server, "/api/chat", FailoverTest.CHAT, "", read);
            assertThat(brokenOff(reply, FailoverTest.TOKEN, RescueTest.token("b"), RescueTest.token("c")))
                    .contains("b1: ", "b2: ", "b3: ");
            assertThat(four.requests()).as("two rescues are enough").isEmpty();
        }
    }

    @Test
    void theAttemptsOfTheRules_boundIt() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, FailoverTest.TOKEN));
                ScriptedBackend two = RescueTest.host(FailoverTest::good);
                TestServer server =
                        TestServer.tiers(loops, RescueTest.ALLOWED + ",\"limits\":{\"attempts\":1}", one, two)) {
            brokenOff(RescueTest.post(server, "/api/chat", FailoverTest.CHAT, "", read), FailoverTest.TOKEN);
            assertThat(two.requests()).isEmpty();
        }
    }

    @Test
    void whoRefusesToGoOn_isNotShown() throws Exception {
        List<Script> refusals = List.of(
                FailoverTest.answering("400 Bad Request", "", "{\"error\":\"does not support thinking\"}"),
                FailoverTest.answering("500 Internal Server Error", "", "{\"error\":\"oops\"}"),
                FailoverTest.answering("200 OK", "", "{\"message\":{\"content\":\"whole\"},\"done\":true}"),
                line -> line.send("HTTP/1.1 204 No Content\r\n\r\n"),
                line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(RUNNER_DIED);
                });
        for (Script refusal : refusals) {
            CountDownLatch read = new CountDownLatch(1);
            try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, FailoverTest.TOKEN));
                    ScriptedBackend two = RescueTest.host(refusal);
                    TestServer server = TestServer.tiers(loops, RescueTest.ALLOWED, one, two)) {
                RawClient.Reply reply = RescueTest.post(server, "/api/chat", FailoverTest.CHAT, "", read);
                assertThat(brokenOff(reply, FailoverTest.TOKEN)).contains("b1: ", "b2: ");
                assertThat(two.requests()).hasSize(1);
            }
        }
    }

    @Test
    void whoBeginsAnew_isNotShown() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        StringBuilder story = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            story.append("bee ").append(i).append(", ");
        }
        String said = RescueTest.token(story.toString());
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, said));
                ScriptedBackend two = RescueTest.host(breaking(read, Line::awaitDeparture, said));
                TestServer server = TestServer.tiers(loops, RescueTest.ALLOWED, one, two)) {
            RawClient.Reply reply = RescueTest.post(server, "/api/chat", FailoverTest.CHAT, "", read);
            assertThat(brokenOff(reply, said)).endsWith("b2: it began the answer anew instead of going on");
            await().until(() -> two.departures() == 1);
        }
    }

    @Test
    void whatIsFartherThanTheAgentsZone_isNeverAsked() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend near = RescueTest.host(breaking(read, Line::reset, FailoverTest.TOKEN));
                ScriptedBackend near2 = RescueTest.host(Line::reset);
                ScriptedBackend far = RescueTest.host(FailoverTest::good);
                TestServer server = TestServer.start(loops, """
                        {"listen":{"port":0},
                         "backends":{"near":{"url":"%s","zone":"lan"},"near2":{"url":"%s","zone":"lan"},
                          "far":{"url":"%s","zone":"cloud"}},
                         "routes":[{"models":["*"],"tiers":[["near"],["near2"],["far"]]}],
                         "agents":{"default":{"rescue":true,"zone":"lan"}}}
                        """.formatted(near.url(), near2.url(), far.url()))) {
            brokenOff(RescueTest.post(server, "/api/chat", FailoverTest.CHAT, "", read), FailoverTest.TOKEN);
            assertThat(near2.requests()).hasSize(1);
            assertThat(far.requests()).isEmpty();
        }
    }

    @Test
    void aClientOfHttp10_getsTheErrorAsBefore() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        read.countDown();
        Script dying = line -> {
            line.send(FailoverTest.HEAD);
            line.chunk(FailoverTest.TOKEN);
            line.close();
        };
        try (ScriptedBackend one = RescueTest.host(dying);
                ScriptedBackend two = RescueTest.host(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, RescueTest.ALLOWED, one, two);
                RawClient client = new RawClient(server.port())) {
            client.send("POST /api/chat HTTP/1.0\r\nHost: localhost\r\nContent-Length: " + FailoverTest.CHAT.length()
                    + "\r\n\r\n" + FailoverTest.CHAT);
            assertThat(client.read().text()).startsWith(FailoverTest.TOKEN).contains("{\"error\":");
            assertThat(two.requests()).isEmpty();
        }
    }

    /** What the second backend does when the client leaves. */
    private void clientLeaves(Script second) throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::reset, FailoverTest.TOKEN));
                ScriptedBackend two = RescueTest.host(second);
                TestServer server = TestServer.tiers(loops, RescueTest.ALLOWED, one, two);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            client.readChunk();
            read.countDown();
            await().until(() -> two.requests().size() == 1);
            client.reset();
            await().until(() -> two.departures() == 1);
            await().until(() -> server.backend("b2").inFlight() == 0);
        }
    }

    @Test
    void aClientThatLeaves_whileItIsRescued_leavesNothingBehind() throws Exception {
        clientLeaves(Line::awaitDeparture);
        clientLeaves(line -> {
            line.send(FailoverTest.HEAD);
            line.chunk(FailoverTest.TOKEN.substring(0, 20));
            line.awaitDeparture();
        });
        clientLeaves(line -> {
            line.send(FailoverTest.HEAD);
            line.chunk(FailoverTest.TOKEN + FailoverTest.TOKEN.substring(0, 20));
            line.awaitDeparture();
        });
    }

    /** A second backend with one slot, which is taken until the gate opens. */
    private TestServer crowded(ScriptedBackend one, ScriptedBackend two, String extra) {
        return TestServer.start(loops, """
                {"listen":{"port":0},
                 "backends":{"b1":{"url":"%s","slots":4},"b2":{"url":"%s","slots":1}},
                 "routes":[{"models":["*"],"tiers":[["b1"],["b2"]]}],
                 "agents":{"default":{"rescue":true}}%s}
                """.formatted(one.url(), two.url(), extra));
    }

    private static void occupy(TestServer server, ScriptedBackend one, ScriptedBackend two, RawClient other)
            throws IOException {
        one.plays(Line::reset);
        other.sendPost("/api/chat", FailoverTest.CHAT);
        await().until(() -> two.requests().size() == 1 && server.backend("b2").inFlight() == 1);
    }

    @Test
    void whileNoSlotIsFree_itWaits_andAClientThatLeavesThenWaitsNoLonger() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        Script slow = line -> {
            line.await(gate);
            FailoverTest.good(line);
        };
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, RescueTest.token("Hi")));
                ScriptedBackend two = RescueTest.host(slow);
                TestServer server = crowded(one, two, "");
                RawClient client = new RawClient(server.port());
                RawClient leaving = new RawClient(server.port());
                RawClient other = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            client.readChunk();
            leaving.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            leaving.readChunk();
            occupy(server, one, two, other);
            read.countDown();
            await().until(() -> server.waiting() == 2);
            leaving.reset();
            await().until(() -> server.waiting() == 1);
            gate.countDown();
            assertThat(other.read().complete()).isTrue();
            StringBuilder rest = new StringBuilder();
            for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                rest.append(new String(chunk, java.nio.charset.StandardCharsets.UTF_8));
            }
            assertThat(rest.toString()).isEqualTo(FailoverTest.TOKEN + RescueTest.done());
        }
    }

    @Test
    void aProxyThatStops_tellsWhoWaitsForARescue() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, FailoverTest.TOKEN));
                ScriptedBackend two = RescueTest.host(Line::awaitDeparture);
                TestServer server = crowded(one, two, "");
                RawClient asking = new RawClient(server.port());
                RawClient waiting = new RawClient(server.port())) {
            asking.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            asking.readChunk();
            waiting.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            waiting.readChunk();
            read.countDown();
            await().until(() -> two.requests().size() == 1 && server.waiting() == 1);
            server.server().close();
            for (RawClient client : List.of(asking, waiting)) {
                assertThat(client.readChunk())
                        .asString()
                        .contains("{\"error\":")
                        .contains("the proxy is stopping");
                assertThat(client.awaitClose()).isTrue();
            }
        }
    }

    /** What the second host makes of the rescue; it is slower than the agent's gate, and the agent has a cloud. */
    private void withACloud(Path directory, Script second, Check check) throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = RescueTest.host(breaking(read, Line::close, FailoverTest.TOKEN));
                ScriptedBackend two = RescueTest.host(second);
                ScriptedBackend cloud = CloudScene.cloud(CloudScene::answers);
                TestServer server = TestServer.start(loops, """
                        {"listen":{"port":0},
                         "backends":{"b1":{"url":"%s","speed":{"tokensPerSecond":50}},
                          "b2":{"url":"%s","speed":{"tokensPerSecond":2}},
                          "cloud":{"url":"%s/v1","dialect":"openai","apiKey":{"file":"%s"}}},
                         "routes":[{"models":["*"],"tiers":[["b1"],["b2"]]}],
                         "agents":{"rssi":{"rescue":true,"gate":{"tpot":"150ms"},
                          "cloud":[{"backend":"cloud","model":"m"}]}}}
                        """.formatted(
                                one.url(), two.url(), cloud.url(), new CloudScene(loops, directory).key()))) {
            check.check(RescueTest.post(server, "/agents/rssi/api/chat", FailoverTest.CHAT, "", read));
            assertThat(two.requests()).hasSize(1);
            assertThat(cloud.connections()).isZero();
        }
    }

    private interface Check {
        void check(RawClient.Reply reply);
    }

    @Test
    void aCloudNeverGoesOn_andAGateDoesNotKeepAHostFromIt(@TempDir Path directory) throws Exception {
        withACloud(directory, Line::close, reply -> brokenOff(reply, FailoverTest.TOKEN));
        withACloud(
                directory,
                FailoverTest::good,
                reply -> assertThat(reply.text())
                        .isEqualTo(FailoverTest.TOKEN + FailoverTest.TOKEN + RescueTest.done()));
    }
}

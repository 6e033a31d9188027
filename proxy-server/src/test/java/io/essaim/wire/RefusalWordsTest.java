package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.config.KeyHash;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import io.essaim.testing.WireAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Essaim refuses with, against what OpenClaw 2026.9.6 was measured to make of it: it goes on to another model at once
 * where asking again cannot help, and asks again where it can.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RefusalWordsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern WAIT = Pattern.compile("try again in (\\d+)s");
    private static final String AGENTS =
            ",\"agents\":{\"main\":{},\"picky\":{\"models\":[\"qwen3*\"]},\"near\":{\"zone\":\"host\"},"
                    + "\"keyed\":{\"keys\":[\"" + KeyHash.of("es-keyed-0123456789")
                    + "\"]},\"minute\":{\"rate\":{\"requests\":1,\"per\":\"minute\"}},"
                    + "\"day\":{\"rate\":{\"requests\":1,\"per\":\"day\"}},\"one\":{\"concurrency\":1},"
                    + "\"tokens\":{\"rate\":{\"tokens\":10,\"per\":\"minute\"}},"
                    + "\"spent\":{\"rate\":{\"tokens\":1,\"per\":\"day\"}}}";

    /** What OpenClaw does. */
    enum Reaction {
        /** Another model within seconds. */
        GOES_ON,
        /** It shortens the conversation and asks again. */
        SHORTENS,
        /** It asks again after the time that is said, ten times at most. */
        WAITS,
        /** It asks again eight times within a minute and a half, then goes on. */
        ASKS_AGAIN,
        /** It asks ten times within two minutes, whatever is said. */
        INSISTS
    }

    /**
     * A refusal and how it comes about.
     *
     * @param extra members of the rules
     * @param host what the only host does
     * @param before what happens first
     * @param asks the request
     * @param status of the refusal
     * @param reason in X-Essaim-Reason; null for none
     * @param retryAfter whether there is a Retry-After
     * @param words that it contains
     */
    record Row(
            String name,
            String extra,
            Script host,
            Before before,
            Asks asks,
            int status,
            @Nullable String reason,
            boolean retryAfter,
            String words,
            Reaction reaction) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** What happens before the refusal. */
    interface Before {
        void play(TestServer server, ScriptedBackend host) throws Exception;
    }

    /** Sends the request that is refused. */
    interface Asks {
        RawClient.Reply send(int port) throws IOException;
    }

    private static final Before NOTHING = (server, host) -> {};

    /** Uses 15 tokens. */
    private static final Script TOKENS = line -> line.json(
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"Bonjour\"},\"done\":true,"
                    + "\"done_reason\":\"stop\",\"prompt_eval_count\":12,\"eval_count\":3}");

    @Parameter
    int loops;

    @TempDir
    Path directory;

    /** OpenClaw's table of reactions. */
    static Reaction reaction(int status, String text) {
        String said = text.toLowerCase(Locale.ROOT);
        if (status == 400 && said.contains("the input length exceeds the context length")) {
            return Reaction.SHORTENS;
        }
        if (status == 429) {
            Matcher wait = WAIT.matcher(said);
            boolean told = wait.find();
            boolean spent = Pattern.compile("(daily|weekly|monthly) limit reached")
                    .matcher(said)
                    .find();
            if (spent || told && Integer.parseInt(wait.group(1)) > 60) {
                return Reaction.GOES_ON;
            }
            return told ? Reaction.WAITS : Reaction.INSISTS;
        }
        return status >= 500 ? Reaction.ASKS_AGAIN : Reaction.GOES_ON;
    }

    private static Asks chat(String agent, String model) {
        return port ->
                RawClient.post(port, "/agents/" + agent + "/api/chat", FailoverTest.CHAT.replace("llama3.2", model));
    }

    private static Asks raw(String fields, String body) {
        return port -> {
            try (RawClient client = new RawClient(port)) {
                return client.send("POST /api/chat HTTP/1.1\r\n" + fields + "Content-Length: " + body.length()
                                + "\r\n\r\n" + body)
                        .read();
            }
        };
    }

    private static Row wrong(String name, Asks asks, int status, @Nullable String reason, String words) {
        return new Row(name, AGENTS, FailoverTest::good, NOTHING, asks, status, reason, false, words, Reaction.GOES_ON);
    }

    private static Row failing(String name, Script host, int status, String reason, String words, Reaction reaction) {
        String soon = ",\"timeouts\":{\"firstToken\":\"50ms\"}";
        return new Row(name, soon, host, NOTHING, chat("a", "llama3.2"), status, reason, false, words, reaction);
    }

    /** Requests that can never work. */
    static List<Row> wrongs() {
        String host = "Host: localhost\r\n";
        return List.of(
                wrong("no JSON", raw(host, "{\"model\":"), 400, "invalid_json", ""),
                wrong("no model", raw(host, "{\"messages\":[]}"), 400, "bad_model", "model is required"),
                wrong(
                        "a model that nobody has",
                        chat("main", "lama3"),
                        404,
                        "no_such_model",
                        "model 'lama3' not found"),
                wrong("a model of others", chat("picky", "llama3.2"), 404, "no_such_model", "not found"),
                wrong("a host too far away", chat("near", "llama3.2"), 404, "zone", "agents.near.zone"),
                wrong("no key", chat("keyed", "llama3.2"), 401, "no_key", "unauthorized"),
                wrong("a coding", raw(host + "Content-Encoding: br\r\n", "{}"), 415, null, "content coding"),
                wrong("a host that is not ours", raw("Host: evil.example\r\n", "{}"), 403, null, "not served here"),
                wrong(
                        "an order to the hosts",
                        port -> RawClient.post(port, "/agents/main/api/pull", "{\"model\":\"x\"}"),
                        403,
                        "not_allowed",
                        "may not"),
                wrong("no such path", port -> RawClient.post(port, "/api/nothing", "{}"), 404, null, "page not found"),
                wrong("another method", port -> RawClient.get(port, "/api/chat"), 405, null, "405 method not allowed"));
    }

    /** Agents that ask too much. */
    static List<Row> limits() {
        Before asked = (server, host) -> {
            for (String agent : List.of("minute", "day", "tokens", "spent")) {
                assertThat(chat(agent, "llama3.2").send(server.port()).status()).isEqualTo(200);
            }
        };
        return List.of(
                new Row(
                        "a rate that fills soon",
                        AGENTS,
                        FailoverTest::good,
                        asked,
                        chat("minute", "llama3.2"),
                        429,
                        "rate",
                        true,
                        "may make 1 requests per minute",
                        Reaction.WAITS),
                new Row(
                        "a rate for the day",
                        AGENTS,
                        FailoverTest::good,
                        asked,
                        chat("day", "llama3.2"),
                        429,
                        "rate",
                        true,
                        "may make 1 requests per day",
                        Reaction.GOES_ON),
                new Row(
                        "tokens that come back soon",
                        AGENTS,
                        TOKENS,
                        asked,
                        chat("tokens", "llama3.2"),
                        429,
                        "rate",
                        true,
                        "agent \"tokens\" may use 10 tokens per minute. Please try again in ",
                        Reaction.WAITS),
                new Row(
                        "tokens for the day",
                        AGENTS,
                        TOKENS,
                        asked,
                        chat("spent", "llama3.2"),
                        429,
                        "rate",
                        true,
                        "may use 1 tokens per day",
                        Reaction.GOES_ON));
    }

    /** Hosts that cannot answer now. */
    static List<Row> hosts() {
        Before dies = (server, host) -> {
            host.kill();
            await().until(() -> !server.backend("b1").health().name().equals("UP"));
        };
        Script overflow = FailoverTest.answering(
                "400 Bad Request", "", "{\"error\":\"the input length exceeds the context length\"}");
        Before busy = (server, host) -> chat("a", "llama3.2").send(server.port());
        Script asksForRest =
                FailoverTest.answering("429 Too Many Requests", "Retry-After: 60\r\n", "{\"error\":\"slow down\"}");
        return List.of(
                new Row(
                        "nobody lives",
                        "",
                        FailoverTest::good,
                        dies,
                        chat("a", "llama3.2"),
                        503,
                        "no_healthy_backend",
                        true,
                        "no backend can run llama3.2:latest now: b1 is down",
                        Reaction.ASKS_AGAIN),
                new Row(
                        "they rest",
                        "",
                        asksForRest,
                        busy,
                        chat("a", "llama3.2"),
                        503,
                        "saturated",
                        true,
                        "server busy, please try again.",
                        Reaction.ASKS_AGAIN),
                failing(
                        "a reset",
                        ScriptedBackend.Line::reset,
                        502,
                        "all_failed",
                        "no backend could answer: b1: ",
                        Reaction.ASKS_AGAIN),
                failing(
                        "silence",
                        ScriptedBackend.Line::awaitDeparture,
                        504,
                        "all_failed",
                        "b1: it did not answer",
                        Reaction.ASKS_AGAIN),
                failing(
                        "no end",
                        line -> line.send(FailoverTest.HEAD + "0\r\n\r\n"),
                        502,
                        "all_failed",
                        "b1: ",
                        Reaction.ASKS_AGAIN),
                failing(
                        "busy",
                        FailoverTest.answering("503 Busy", "", FailoverTest.BUSY),
                        503,
                        "all_failed",
                        "server busy",
                        Reaction.ASKS_AGAIN),
                failing(
                        "broken",
                        FailoverTest.answering("500 Oops", "", "{\"error\":\"oops\"}"),
                        500,
                        "all_failed",
                        "oops",
                        Reaction.ASKS_AGAIN),
                new Row(
                        "too long a prompt",
                        "",
                        overflow,
                        NOTHING,
                        chat("a", "llama3.2"),
                        400,
                        null,
                        false,
                        "the input length exceeds the context length",
                        Reaction.SHORTENS));
    }

    @ParameterizedTest
    @MethodSource({"wrongs", "limits", "hosts"})
    void isUnderstood(Row row) throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(row.host);
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + host.url()
                                + "\",\"zone\":\"lan\",\"slots\":4}},"
                                + "\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]" + row.extra + "}")) {
            row.before.play(server, host);
            check(row, row.asks.send(server.port()));
        }
    }

    private static void check(Row row, RawClient.Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(row.status);
        assertThat(reply.text().replace("\\\"", "\"")).contains(row.words);
        assertThat(reply.field("X-Essaim-Reason")).isEqualTo(row.reason);
        if (row.retryAfter) {
            assertThat(Integer.parseInt(reply.field("Retry-After"))).isPositive();
        }
        assertThat(reaction(reply.status(), reply.text())).as(reply.text()).isEqualTo(row.reaction);
        noOtherWords(row.status, reply.text());
    }

    /** Words by which OpenClaw would take it for something else than its status says. */
    private static void noOtherWords(int status, String text) {
        if (status >= 429) {
            assertThat(text.toLowerCase(Locale.ROOT))
                    .doesNotContain("expired", "forbidden", "unauthorized", "401", "403", "no endpoints found")
                    .doesNotContain("tpm", "usage limit", "throttled", "quota exceeded", "timeout", "insufficient")
                    .doesNotContain("payment")
                    .doesNotContainPattern("model .*not found");
        }
    }

    @ParameterizedTest
    @CsvSource({"maxWaiting,0,saturated", "deadline,'\"1ms\"',deadline"})
    void tooManyAtOnce_andNoRoomToWait(String rule, String value, String reason) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Script slow = line -> {
            line.await(gate);
            FailoverTest.good(line);
        };
        Row full = new Row(
                "full",
                "",
                slow,
                NOTHING,
                chat("main", "llama3.2"),
                503,
                reason,
                true,
                "server busy, please try again.",
                Reaction.ASKS_AGAIN);
        Row own = new Row(
                "own limit",
                "",
                slow,
                NOTHING,
                chat("one", "llama3.2"),
                429,
                "concurrency",
                true,
                "as many as it may",
                Reaction.WAITS);
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(slow);
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + host.url()
                                + "\",\"slots\":1}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}],"
                                + "\"queue\":{\"" + rule + "\":" + value + "}" + AGENTS + "}");
                RawClient first = new RawClient(server.port())) {
            first.sendPost("/agents/one/api/chat", FailoverTest.CHAT);
            await().until(() -> host.requests().size() == 1);
            check(full, full.asks.send(server.port()));
            check(own, own.asks.send(server.port()));
            gate.countDown();
            assertThat(first.read().complete()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"day", "month"})
    void aBudgetThatIsSpent(String period) throws Exception {
        CloudScene scene = new CloudScene(loops, directory);
        String budget = ",'budget':{'" + period + "':{'requests':1}}";
        scene.withoutHost(CloudScene::answers, CloudScene::answers, budget, (server, one, two) -> {
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).status())
                    .isEqualTo(200);
            check(
                    new Row(
                            "budget",
                            "",
                            CloudScene::answers,
                            NOTHING,
                            chat("rssi", "llama3.2"),
                            429,
                            "budget_exhausted",
                            true,
                            "limit reached",
                            Reaction.GOES_ON),
                    chat("rssi", "llama3.2").send(server.port()));
        });
        String small = ",'budget':{'" + period + "':{'tokens':1000}}";
        scene.withoutHost(
                CloudScene::answers,
                CloudScene::answers,
                small,
                (server, one, two) -> check(
                        new Row(
                                "too dear for ever",
                                "",
                                CloudScene::answers,
                                NOTHING,
                                chat("rssi", "llama3.2"),
                                429,
                                "budget_exhausted",
                                false,
                                "limit reached",
                                Reaction.GOES_ON),
                        chat("rssi", "llama3.2").send(server.port())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"401 No", "429 Too Many Requests", "500 Oops", "503 Busy", "404 Gone"})
    void cloudsThatFail_areWorthAnotherTry_becauseTheHostMayComeBack(String status) throws Exception {
        CloudScene scene = new CloudScene(loops, directory);
        Script bad = line -> line.json(
                status, "{\"error\":{\"message\":\"insufficient_quota: payment required, key expired, forbidden\"}}");
        scene.withoutHost(
                bad,
                bad,
                "",
                (server, one, two) -> check(
                        new Row(
                                "clouds",
                                "",
                                bad,
                                NOTHING,
                                chat("rssi", "llama3.2"),
                                503,
                                "no_healthy_backend",
                                true,
                                "dev2 is down",
                                Reaction.ASKS_AGAIN),
                        chat("rssi", "llama3.2").send(server.port())));
    }

    @Test
    void anAnswerThatBreaksOff_saysItsStatus_withoutWhichFourTriesAreAll() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.close();
                });
                TestServer server = TestServer.tiers(loops, "", host)) {
            WireAnswer answer = WireAnswer.post(server.port(), "/api/chat", FailoverTest.CHAT);
            String[] lines = answer.text().split("\n");
            JsonNode last = JSON.readTree(lines[lines.length - 1]);
            assertThat(last.path("error").isString()).isTrue();
            assertThat(reaction(last.path("status").asInt(), last.path("error").asString()))
                    .isEqualTo(Reaction.ASKS_AGAIN);
            noOtherWords(502, last.path("error").asString());
        }
    }
}

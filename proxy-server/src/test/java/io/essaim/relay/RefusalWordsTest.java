package io.essaim.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What OpenClaw makes of each refusal. It reads statuses and texts, no fields: what heals within a minute and a half must make it try
 * again, what does not must send it to its own fallback at once.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RefusalWordsTest {
    private static final Pattern WAIT = Pattern.compile("try again in (\\d+)s");

    /** It takes a text with one of these for something else than its status says. */
    private static final List<String> MISLEADING = List.of(
            "expired",
            "forbidden",
            "unauthorized",
            "no endpoints found",
            "tpm",
            "usage limit",
            "throttled",
            "quota exceeded",
            "timeout",
            "insufficient",
            "payment");

    @Parameter
    int loops;

    /** Its classes, as observed and in its code (version 2026.4). */
    private enum Reaction {
        /** Its own fallback model, within seconds. */
        MOVES_ON,
        /** The same model, after the time that the text says. */
        WAITS_AS_TOLD,
        /** The same model, eight times in a minute and a half. */
        TRIES_AGAIN,
        /** It makes the conversation shorter. */
        SHORTENS;

        static Reaction to(int status, String text) {
            if (status == 400 && text.contains("the input length exceeds the context length") || status == 413) {
                return SHORTENS;
            }
            if (status >= 400 && status <= 404) {
                return MOVES_ON;
            }
            Matcher wait = WAIT.matcher(text);
            if (status == 429 && wait.find()) {
                return Integer.parseInt(wait.group(1)) > 60 ? MOVES_ON : WAITS_AS_TOLD;
            }
            return status == 429
                            && Pattern.compile("(daily|weekly|monthly) limit reached")
                                    .matcher(text)
                                    .find()
                    ? MOVES_ON
                    : TRIES_AGAIN;
        }
    }

    private interface Trial {
        RawClient.Reply run(TestServer server, ScriptedBackend host) throws Exception;
    }

    private static RawClient.Reply chat(TestServer server) throws Exception {
        return RawClient.post(server.port(), "/agents/bee/api/chat", FailoverTest.CHAT);
    }

    private static RawClient.Reply second(TestServer server) throws Exception {
        assertThat(chat(server).status()).isEqualTo(200);
        return chat(server);
    }

    /** @param agent what follows the opening brace of the agent's rule, but for the last two closing ones */
    private void refuses(Script script, String agent, Trial trial, int status, String reason, Reaction reaction)
            throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(script);
                TestServer server = TestServer.start(
                        loops,
                        ("{'listen':{'port':0},'backends':{'b1':{'url':'" + host.url()
                                        + "','slots':1}},'routes':[{'models':['*'],'tiers':[['b1']]}],'agents':{'bee':{"
                                        + agent + "}}")
                                .replace('\'', '"'))) {
            RawClient.Reply reply = trial.run(server, host);
            assertThat(reply.status()).as(reply.text()).isEqualTo(status);
            assertThat(reply.text()).startsWith("{\"error\":");
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo(reason);
            assertThat(Reaction.to(status, reply.text())).as(reply.text()).isEqualTo(reaction);
            if (status != 401) { // Which means what they say.
                assertThat(MISLEADING).noneMatch(reply.text().toLowerCase(Locale.ROOT)::contains);
            }
        }
    }

    @Test
    void whatNeverHeals_sendsItOn() throws Exception {
        Script good = FailoverTest::good;
        String unknown = FailoverTest.CHAT.replace("llama3.2", "nope");
        Trial asksUnknown = (server, host) -> RawClient.post(server.port(), "/agents/bee/api/chat", unknown);
        Trial asks = (server, host) -> chat(server);
        refuses(good, "}", asksUnknown, 404, "no_such_model", Reaction.MOVES_ON);
        refuses(good, "'models':['other']}", asks, 404, "no_such_model", Reaction.MOVES_ON);
        String key = "'keys':['sha256:2f5b1cbd1e6ea1e0b7a4b8e5b2a3a4f1d8e7c6b5a4938271605f4e3d2c1b0a99']}";
        refuses(good, key, asks, 401, "no_key", Reaction.MOVES_ON);
        Trial pulls = (server, host) -> RawClient.post(server.port(), "/agents/bee/api/pull", "{\"model\":\"x\"}");
        refuses(good, "}", pulls, 403, "not_allowed", Reaction.MOVES_ON);
        Trial garbage = (server, host) -> RawClient.post(server.port(), "/agents/bee/api/chat", "{\"model\":");
        refuses(good, "}", garbage, 400, "invalid_json", Reaction.MOVES_ON);
    }

    @Test
    void whatAnAgentHasUsedUp_makesItWaitOrMoveOn_byHowLongThatLasts() throws Exception {
        Trial asksTwice = (server, host) -> second(server);
        Script good = FailoverTest::good;
        refuses(good, "'rate':{'requests':1,'per':'minute'}}", asksTwice, 429, "rate", Reaction.WAITS_AS_TOLD);
        refuses(good, "'rate':{'requests':1,'per':'hour'}}", asksTwice, 429, "rate", Reaction.MOVES_ON);
        Trial besides = (server, host) -> {
            try (RawClient other = new RawClient(server.port())) {
                other.sendPost("/agents/bee/api/chat", FailoverTest.CHAT);
                await().until(() -> host.requests().size() == 1);
                return chat(server);
            }
        };
        refuses(
                ScriptedBackend.Line::awaitDeparture,
                "'concurrency':1}",
                besides,
                429,
                "concurrency",
                Reaction.WAITS_AS_TOLD);
    }

    @Test
    void whatMayHealSoon_makesItTryAgain() throws Exception {
        Trial asks = (server, host) -> chat(server);
        Trial kills = (server, host) -> {
            host.kill();
            await().until(() -> server.backend("b1").health() == Backend.Health.DOWN);
            return chat(server);
        };
        refuses(FailoverTest::good, "}", kills, 503, "no_healthy_backend", Reaction.TRIES_AGAIN);
        refuses(ScriptedBackend.Line::reset, "}", asks, 502, "all_failed", Reaction.TRIES_AGAIN);
        Trial besides = (server, host) -> {
            try (RawClient other = new RawClient(server.port())) {
                other.sendPost("/agents/bee/api/chat", FailoverTest.CHAT);
                await().until(() -> host.requests().size() == 1);
                return chat(server);
            }
        };
        Script hangs = ScriptedBackend.Line::awaitDeparture;
        refuses(hangs, "}},'queue':{'maxWaiting':0", besides, 503, "saturated", Reaction.TRIES_AGAIN);
        refuses(hangs, "}},'queue':{'deadline':'100ms'", besides, 503, "deadline", Reaction.TRIES_AGAIN);
    }

    @Test
    void whatIsTooLong_makesItShorten() throws Exception {
        Script tooLong = FailoverTest.answering(
                "400 Bad Request", "", "{\"error\":\"the input length exceeds the context length\"}");
        refuses(tooLong, "}", (server, host) -> chat(server), 400, null, Reaction.SHORTENS);
        Trial large = (server, host) -> RawClient.post(
                server.port(), "/agents/bee/api/chat", FailoverTest.CHAT.replace("hi", "a".repeat(5000)));
        refuses(FailoverTest::good, "}},'limits':{'maxBody':'4KiB'", large, 413, null, Reaction.SHORTENS);
    }
}

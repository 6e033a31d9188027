package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What looks like success and is no answer of an Ollama reaches no client, whatever it is. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class NoAnswerTest {
    private static final String LOGIN = "<html><body>Please log in</body></html>";
    private static final String DONE = FailoverTest.DONE.strip();

    @Parameter
    int loops;

    private static Script says(String status, String type, String body) {
        return line -> line.send(
                "HTTP/1.1 " + status + "\r\n" + type + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static Script json(String body) {
        return says("200 OK", "Content-Type: application/json\r\n", body);
    }

    private static Script stream(String type, String body) {
        return says("200 OK", "Content-Type: " + type + "\r\n", body);
    }

    /** What no route may be answered with, and what is said of it. */
    private static Map<String, Script> forAll() {
        Map<String, Script> all = new LinkedHashMap<>();
        all.put(
                "it answered with text/html (a login page?) instead of JSON",
                stream("Text/HTML; charset=utf-8", LOGIN));
        all.put("it answered with text/plain instead of JSON", stream("text/plain", DONE));
        all.put("it answered without a Content-Type instead of JSON", says("200 OK", "", DONE));
        all.put("it answered 204 instead of 200", line -> line.send("HTTP/1.1 204 No Content\r\n\r\n"));
        all.put("it answered 201 instead of 200", says("201 Created", "Content-Type: application/json\r\n", DONE));
        all.put(
                "it answered 206 instead of 200",
                says("206 Partial Content", "Content-Type: application/json\r\n", DONE));
        for (int status : new int[] {301, 302, 307, 308}) {
            all.put(
                    "it answered with a redirect (" + status + ") instead of an answer",
                    says(status + " Moved", "Location: http://login.example/\r\nContent-Type: text/html\r\n", LOGIN));
        }
        all.put("its answer is not one JSON object", json("[]"));
        all.put("its answer is empty", json(""));
        all.put("its answer ends within its JSON", json(DONE.substring(0, DONE.length() - 1)));
        all.put("its JSON is no answer to what was asked", json("{\"status\":\"ok\",\"text\":\"\\\"done\\\":true\"}"));
        all.put("it answered 200 with an error", json("{\"error\":\"log in first\"}"));
        return all;
    }

    private void refused(String path, String body, String what, Script bad) throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest").plays(bad);
                TestServer server = TestServer.tiers(loops, "", one)) {
            RawClient.Reply reply = RawClient.post(server.port(), path, body);
            assertThat(reply.status()).as(what).isEqualTo(502);
            assertThat(reply.text()).contains("b1: " + what);
            assertThat(reply.text()).doesNotContain("log in", "login.example");
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("all_failed");
            assertThat(reply.complete()).isTrue();
        }
    }

    private void movesOn(String path, String body, String what, Script bad) throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest").plays(bad);
                ScriptedBackend two = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", one, two)) {
            RawClient.Reply reply = RawClient.post(server.port(), path, body);
            assertThat(reply.status()).as(what + " on " + path).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Backend")).as(what).isEqualTo("b2");
            assertThat(reply.complete()).isTrue();
            assertThat(one.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/chat",
                "/api/generate",
                "/api/embed",
                "/api/embeddings",
                "/v1/chat/completions",
                "/v1/completions",
                "/v1/embeddings",
                "/v1/messages",
                "/v1/responses"
            })
    void aWholeAnswerThatIsNone_movesOn_andSaysWhatItWas(String path) throws Exception {
        String body = "{\"model\":\"llama3.2\",\"stream\":false}";
        for (Map.Entry<String, Script> bad : forAll().entrySet()) {
            movesOn(path, body, bad.getKey(), bad.getValue());
        }
        refused(path, body, "its answer is not one JSON object", json(FailoverTest.document(path) + "<!-- ad -->"));
        refused(path, body, "its answer is not one JSON object", json("{\"done\":true]"));
        refused(
                path,
                body,
                "it answered with application/x-ndjson instead of application/json",
                stream("application/x-ndjson", DONE));
        for (String what : new String[] {"it answered 204 instead of 200", "it answered 200 with an error"}) {
            refused(path, body, what, forAll().get(what));
        }
    }

    @Test
    void aStreamThatIsNone_movesOn_andSaysWhatItWas() throws Exception {
        for (Map.Entry<String, Script> bad : forAll().entrySet()) {
            movesOn("/api/chat", FailoverTest.CHAT, bad.getKey(), bad.getValue());
            refused("/api/chat", FailoverTest.CHAT, bad.getKey(), bad.getValue());
        }
        String wrong = "its stream does not begin with an answer";
        for (String body : new String[] {
            LOGIN, LOGIN + "\n" + FailoverTest.DONE, "[]\n", "{\"status\":\"ok\"}\n" + FailoverTest.DONE, "\n{]\n"
        }) {
            refused("/api/chat", FailoverTest.CHAT, wrong, stream("application/x-ndjson", body));
        }
        refused(
                "/api/chat",
                FailoverTest.CHAT,
                "it ended the stream without finishing it",
                stream("application/x-ndjson", DONE.substring(0, DONE.length() - 1)));
        refused(
                "/api/chat",
                FailoverTest.CHAT,
                "it answered with text/event-stream instead of JSON",
                stream("text/event-stream", "data: {}\n\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses"})
    void anEventStreamThatIsNone_saysWhatItWas(String path) throws Exception {
        String body = "{\"model\":\"llama3.2\",\"stream\":true}";
        String wrong = "its stream does not begin with an answer";
        for (String events :
                new String[] {"data: [DONE]\n\n", "data: <html>\n\n", "data: {}\n\n", ": hi\n\ndata: {\"x\":\n\n"}) {
            refused(path, body, wrong, stream("text/event-stream", events));
        }
        refused(path, body, "it ended the stream without finishing it", stream("text/event-stream", LOGIN + "\n\n"));
    }

    @Test
    void whatStandsBehindTheLastLine_isNotTheEnd() throws Exception {
        String rest = FailoverTest.TOKEN.repeat(4);
        for (String body : new String[] {rest, rest + FailoverTest.DONE + LOGIN}) {
            refused(
                    "/api/chat",
                    FailoverTest.CHAT,
                    "it ended the stream without finishing it",
                    stream("application/x-ndjson", body));
            try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest")
                            .plays(stream("application/x-ndjson", FailoverTest.TOKEN.repeat(4000) + body));
                    TestServer server = TestServer.tiers(loops, "", one)) {
                RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
                assertThat(reply.status()).as("too long to be held").isEqualTo(200);
                assertThat(reply.complete()).isFalse();
            }
        }
    }

    @Test
    void aLargeAnswerThatTurnsOutToBeNone_isShorterThanItSays() throws Exception {
        String numbers = "0.25,".repeat(80 * 1024);
        for (String end : new String[] {"0]]", "0]]}}", "0}}"}) {
            String body = "{\"embeddings\":[[" + numbers + end;
            try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest").plays(json(body));
                    TestServer server = TestServer.tiers(loops, "", one)) {
                RawClient.Reply reply = RawClient.post(server.port(), "/api/embed", "{\"model\":\"llama3.2\"}");
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.complete()).as(end).isFalse();
            }
        }
    }

    @Test
    void show_isOneJsonObject() throws Exception {
        for (String what : new String[] {
            "it answered with text/html (a login page?) instead of JSON",
            "it answered with a redirect (302) instead of an answer",
            "its answer is not one JSON object",
            "its answer ends within its JSON"
        }) {
            refused("/api/show", "{\"model\":\"llama3.2\"}", what, forAll().get(what));
        }
    }

    @Test
    void aPortalInFrontOfAHost_isNotTheHost() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", one)) {
            one.plays(stream("text/html", LOGIN));
            one.scriptProbes(true);
            server.backend("b1").doubt(Backend.Doubt.ALIVE);
            await().until(() -> server.backend("b1").health() == Backend.Health.DOWN);
            assertThat(server.backend("b1").ailment())
                    .isEqualTo("it does not answer as an Ollama does, but with text/html (a login page?)");
            assertThat(server.backend("b1").inventory().known()).isTrue();
            one.plays(FailoverTest::good);
            one.scriptProbes(false);
            await().until(() -> server.backend("b1").health() == Backend.Health.UP);
        }
    }

    @Test
    void aModelThatAPortalLoaded_isNotInMemory() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest")
                        .plays(FailoverTest::good)
                        .loads(stream("text/html", LOGIN));
                ScriptedBackend two = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", one.cold(true), two)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
            assertThat(one.requests()).isEmpty();
        }
    }
}

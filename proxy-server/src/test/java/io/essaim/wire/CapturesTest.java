package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.Capture;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as OpenClaw, Claude Code, Codex and ollama-js really send them: what of them a backend gets to see. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CapturesTest {
    /** Written out here, so that a longer list in the code has to be meant. */
    private static final Set<String> PASSED = Set.of(
            "accept",
            "content-type",
            "user-agent",
            "anthropic-version",
            "anthropic-beta",
            "openai-beta",
            "traceparent",
            "tracestate",
            "x-request-id");

    /** With what answers of all routes have. */
    private static final String ANSWER =
            "{\"done\":true,\"choices\":[],\"content\":[],\"output\":[],\"embeddings\":[],\"embedding\":[],\"data\":[]}";

    @Parameter
    int loops;

    private static String tagged(Capture capture) {
        return capture.model().contains(":") ? capture.model() : capture.model() + ":latest";
    }

    private static ScriptedBackend backend() {
        String[] models = Capture.all().stream()
                .filter(Capture::posts)
                .map(CapturesTest::tagged)
                .distinct()
                .toArray(String[]::new);
        return ScriptedBackend.with(models)
                .plays(line -> line.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                        + ANSWER.length() + "\r\n\r\n" + ANSWER));
    }

    @Test
    void aBackendSeesTheBodyAsSent_andOnlyTheFieldsThatMayPass() throws Exception {
        try (ScriptedBackend backend = backend();
                TestServer server = TestServer.tiers(loops, "", backend)) {
            SoftAssertions softly = new SoftAssertions();
            int seen = 0;
            Set<String> shown = new HashSet<>();
            for (Capture capture : Capture.all()) {
                if (capture.posts()) {
                    try (RawClient client = new RawClient(server.port())) {
                        RawClient.Reply reply = client.send(capture.bytes()).read();
                        softly.assertThat(reply.status()).as(capture.name()).isEqualTo(200);
                        softly.assertThat(reply.text()).as(capture.name()).isEqualTo(ANSWER);
                    }
                    // What was shown once is not asked for again.
                    if (!capture.url().endsWith("/api/show") || shown.add(tagged(capture))) {
                        softly.assertThat(backend.requests()).as(capture.name()).hasSize(++seen);
                        compare(capture, backend.requests().get(seen - 1), backend, softly);
                    }
                }
            }
            softly.assertThat(seen).isGreaterThan(18);
            softly.assertAll();
        }
    }

    private static void compare(
            Capture capture, ScriptedBackend.Recorded got, ScriptedBackend backend, SoftAssertions softly) {
        String name = capture.name();
        String path = capture.url().replaceFirst("^/agents/[^/]+", "");
        softly.assertThat(got.requestLine()).as(name).isEqualTo("POST " + path + " HTTP/1.1");
        softly.assertThat(got.body()).as("body of %s", name).isEqualTo(capture.body());
        List<String> expected = new ArrayList<>();
        expected.add("host: 127.0.0.1:" + backend.port());
        for (String[] field : capture.fields()) {
            String lower = field[0].toLowerCase(Locale.ROOT);
            if (PASSED.contains(lower)) {
                expected.add(lower + ": " + field[1]);
            }
        }
        expected.add("via: 1.1 essaim");
        expected.add("content-length: " + capture.body().length);
        List<String> fields =
                List.of(got.head().split("\r\n")).subList(1, got.head().split("\r\n").length);
        softly.assertThat(fields).as("fields of %s", name).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void questionsAboutTheFleet_areAnsweredHere() throws Exception {
        try (ScriptedBackend backend = backend();
                TestServer server = TestServer.tiers(loops, "", backend)) {
            int asked = 0;
            for (Capture capture : Capture.all()) {
                if (!capture.posts()) {
                    try (RawClient client = new RawClient(server.port())) {
                        boolean head = capture.method().equals("HEAD");
                        RawClient.Reply reply = client.send(capture.bytes()).read(head);
                        boolean hello = capture.url().endsWith("/api/hello");
                        assertThat(reply.status()).as(capture.name()).isEqualTo(hello ? 404 : 200);
                        if (!hello) {
                            assertThat(reply.field("Content-Type"))
                                    .as(capture.name())
                                    .startsWith("application/json");
                            assertThat(reply.text()).as(capture.name()).startsWith("{");
                        }
                        asked++;
                    }
                }
            }
            assertThat(asked).isGreaterThan(8);
            assertThat(backend.requests()).isEmpty();
        }
    }
}

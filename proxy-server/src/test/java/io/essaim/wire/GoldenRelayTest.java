package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.testing.Transcript;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Every good answer that was recorded from a real Ollama passes through unchanged: bytes, chunks, fields, end. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class GoldenRelayTest {
    static final String[] MODELS = {
        "llama3.2:latest",
        "llama3.2:1b",
        "qwen2.5-coder:1.5b",
        "qwen3:0.6b",
        "all-minilm:latest",
        "tinyllama:latest",
        "broken:latest",
        "big-cloud:latest"
    };

    /** Ollama answers these; Essaim refuses them, because their model depends on who reads them. */
    private static final Map<String, String> REFUSED = Map.of(
            "chat/key-case", "the key MODEL is read as model by Ollama",
            "chat/key-duplicate", "two models in one body: the one that is routed must be the one that runs");

    /** Streams that end without a terminal frame, or were cut: they must not pass as complete (see CrashTest). */
    private static final Set<String> UNFINISHED = Set.of(
            "chat/token-repeat",
            "v1-chat/token-repeat",
            "crash/stream-v1-chat",
            "crash/stream-v1-completions",
            "crash/stream-v1-messages",
            "crash/stream-v1-responses",
            "crash/server-killed",
            "crash/server-terminated",
            "sched/leave-mid-stream");

    /** The host's own spelling replaces another case, because Ollama's chat compares names by case. */
    private static final Map<String, String> SPELLED = Map.of(
            "generate/name-upper", "llama3.2:latest",
            "embed/upper", "all-minilm:latest",
            "show/name-case", "tinyllama:latest");

    /** Not handed on: they belong to the connection, or answer an Origin that the backend does not get to see. */
    private static final List<String> NOT_PASSED =
            List.of("connection:", "transfer-encoding:", "access-control-allow-origin:", "vary:");

    @Parameter
    int loops;

    @Test
    void everyGoodAnswer_passesUnchanged() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with(MODELS);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            SoftAssertions softly = new SoftAssertions();
            int played = 0;
            for (Transcript transcript : Transcript.all()) {
                if (transcript.status() == 200
                        && !REFUSED.containsKey(transcript.name())
                        && !UNFINISHED.contains(transcript.name())) {
                    if (transcript.path().equals("/api/show")) {
                        relayFresh(transcript, softly);
                    } else {
                        backend.plays(transcript::play);
                        relay(transcript, server, backend, softly);
                    }
                    played++;
                }
            }
            softly.assertThat(played).as("transcripts played").isGreaterThan(130);
            softly.assertAll();
        }
    }

    /** To a proxy that has not been shown the model before, because it would not ask again. */
    private void relayFresh(Transcript transcript, SoftAssertions softly) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with(MODELS).plays(transcript::play);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            relay(transcript, server, backend, softly);
        }
    }

    private static void relay(Transcript transcript, TestServer server, ScriptedBackend backend, SoftAssertions softly)
            throws Exception {
        String name = transcript.name();
        int before = backend.requests().size();
        try (RawClient client = new RawClient(server.port())) {
            RawClient.Reply reply = client.send(transcript.requestBytes()).read();
            softly.assertThat(reply.status()).as(name).isEqualTo(transcript.status());
            softly.assertThat(reply.complete()).as("%s is complete", name).isTrue();
            softly.assertThat(reply.text()).as("payload of %s", name).isEqualTo(transcript.payload());
            for (String field : transcript.fields()) {
                // Where the client's spelling is put back, the length is not known before.
                boolean own = SPELLED.containsKey(name) && field.startsWith("Content-Length:");
                if (!own && NOT_PASSED.stream().noneMatch(field.toLowerCase(Locale.ROOT)::startsWith)) {
                    softly.assertThat(reply.fields()).as("fields of %s", name).contains(field);
                }
            }
            softly.assertThat(reply.fields().stream().filter(f -> f.startsWith("Date:")))
                    .as("%s has one date", name)
                    .hasSize(1);
            if (transcript.framing().equals("chunked")) {
                softly.assertThat(texts(reply)).as("chunks of %s", name).containsExactlyElementsOf(transcript.chunks());
            }
            if (transcript.http10()) {
                softly.assertThat(reply.field("Transfer-Encoding")).as(name).isNull();
                softly.assertThat(client.awaitClose())
                        .as("%s ends with the close", name)
                        .isTrue();
            }
        }
        softly.assertThat(backend.requests()).as("requests for %s", name).hasSize(before + 1);
        ScriptedBackend.Recorded request = backend.requests().get(before);
        softly.assertThat(request.requestLine()).as(name).isEqualTo("POST " + transcript.path() + " HTTP/1.1");
        softly.assertThat(request.bodyText()).as("request body of %s", name).isEqualTo(sent(transcript));
    }

    private static String sent(Transcript transcript) {
        String spelling = SPELLED.get(transcript.name());
        return spelling == null
                ? transcript.body()
                : transcript.body().replaceFirst("\"model\":\"[^\"]*\"", "\"model\":\"" + spelling + "\"");
    }

    private static List<String> texts(RawClient.Reply reply) {
        return reply.chunks().stream()
                .map(chunk -> new String(chunk, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void bodiesThatNameTheirModelAmbiguously_areRefused_andNoBackendSeesThem() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with(MODELS);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            for (String name : REFUSED.keySet()) {
                Transcript transcript = Transcript.of(name);
                try (RawClient client = new RawClient(server.port())) {
                    RawClient.Reply reply =
                            client.send(transcript.requestBytes()).read();
                    assertThat(reply.status()).as(name).isEqualTo(400);
                    assertThat(reply.text()).as(name).startsWith("{\"error\":");
                    assertThat(reply.field("X-Essaim-Reason")).as(name).isEqualTo("ambiguous_json");
                }
            }
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void dataAfterTheValue_orACodedBody_isRefused() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with(MODELS);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            RawClient.Reply trailing = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT + "{}");
            assertThat(trailing.status()).isEqualTo(400);
            assertThat(trailing.field("X-Essaim-Reason")).isEqualTo("ambiguous_json");
            for (String coding : List.of("gzip", "zstd", "br")) {
                try (RawClient client = new RawClient(server.port())) {
                    RawClient.Reply reply = client.send(
                                    "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: " + coding
                                            + "\r\nContent-Length: 2\r\n\r\n{}")
                            .read();
                    assertThat(reply.status()).as(coding).isEqualTo(415);
                }
            }
            assertThat(backend.requests()).isEmpty();
        }
    }
}

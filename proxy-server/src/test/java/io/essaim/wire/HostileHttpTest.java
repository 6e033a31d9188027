package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.Eavesdropper;
import io.essaim.testing.HostileRow;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Recorded;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What attackers send, whole and in pieces, must end in one of two ways: refused with a word and a closed connection, or
 * understood in the one way that the backend understands too.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class HostileHttpTest {
    private static final Set<String> GOES_UP = Set.of(
            "host",
            "accept",
            "content-type",
            "user-agent",
            "anthropic-version",
            "anthropic-beta",
            "openai-beta",
            "traceparent",
            "tracestate",
            "x-request-id",
            "via",
            "content-length");

    /** Rows that ask for another policy than ours, and why ours is another one. */
    private static final Map<String, String> OTHERWISE = Map.of(
            "th-65", "curl and old scripts send JSON as text/plain; a page of another site is known by its Origin",
            "js-76", "curl -d says it sends a form, and Ollama reads it as JSON",
            "og-16", "a large num_ctx is for the backend to refuse; nothing is changed unless the rules ask for it");

    /** Rows refused on a connection that lives on: the request had no body, so nothing of it can be left. */
    private static final Set<String> LIVES_ON = Set.of("me-06", "og-08", "og-09", "og-21");

    private static final Duration ANSWERED = Duration.ofSeconds(10);

    /** For rows that may be understood as a request that has not come as a whole yet. */
    private static final Duration PERHAPS = Duration.ofSeconds(1);

    @Parameter
    int loops;

    static Stream<String> categories() {
        return HostileRow.all().stream()
                .map(HostileRow::category)
                .filter(c -> !c.startsWith("resp-") && !c.equals("auth-identity"))
                .distinct();
    }

    static Stream<HostileRow> answers() {
        return HostileRow.all().stream()
                .filter(row -> row.category().startsWith("resp-"))
                .filter(row -> !row.id().equals("rs-42")); // Silence for a minute; FailoverTest has silence.
    }

    @ParameterizedTest
    @MethodSource("categories")
    void requests(String category) throws Exception {
        SoftAssertions all = new SoftAssertions();
        try (ScriptedBackend backend = ScriptedBackend.with("m", "allowed").plays(FailoverTest::whole);
                TestServer server = TestServer.tiers(loops, "", backend)) {
            for (HostileRow row : HostileRow.all()) {
                if (row.category().equals(category) && !row.drips() && !OTHERWISE.containsKey(row.id())) {
                    play(row, row.acts(), server, backend, all);
                    play(row, pieces(row), server, backend, all);
                }
            }
        }
        all.assertAll();
    }

    private static void play(
            HostileRow row, List<HostileRow.Act> acts, TestServer server, ScriptedBackend backend, SoftAssertions all)
            throws IOException {
        backend.requests().clear();
        try (Eavesdropper client = new Eavesdropper(server.port())) {
            client.play(acts);
            if (LIVES_ON.contains(row.id())) {
                client.awaitQuiet(ANSWERED);
                all.assertThat(client.answers(row.isHead()))
                        .as("%s", row)
                        .singleElement()
                        .satisfies(h -> assertThat(h.status()).isIn(403, 404, 405));
                all.assertThat(backend.requests())
                        .as("%s: nothing went up", row)
                        .isEmpty();
                return;
            }
            if (row.expect().startsWith("reject")) {
                boolean ended = client.awaitEnd();
                List<Eavesdropper.Heard> heard = client.answers(row.isHead());
                all.assertThat(ended).as("%s: closed", row).isTrue();
                all.assertThat(heard).as("%s: answered", row).isNotEmpty();
                if (!heard.isEmpty()) {
                    Eavesdropper.Heard last = heard.get(heard.size() - 1);
                    all.assertThat(last.status())
                            .as("%s", row)
                            .matches(s -> s >= 400 && s < 500 || s == 501 || s == 505, "refuses");
                    all.assertThat(last.closes()).as("%s: says close", row).isTrue();
                }
                all.assertThat(backend.requests())
                        .as("%s: nothing went up", row)
                        .isEmpty();
                return;
            }
            client.awaitQuiet(row.expect().equals("accept") ? ANSWERED : PERHAPS);
            List<Eavesdropper.Heard> heard = client.answers(row.isHead());
            all.assertThat(heard).as("%s: no tunnel", row).noneMatch(h -> h.status() == 101);
            if (row.expect().equals("accept")) {
                all.assertThat(heard).as("%s", row).isNotEmpty().allMatch(h -> h.status() < 300);
            }
            for (Recorded request : backend.requests()) {
                all.assertThat(faults(request))
                        .as("%s: %s", row, request.head())
                        .isEmpty();
            }
        }
    }

    /** The same bytes, cut at three seeded places. */
    private static List<HostileRow.Act> pieces(HostileRow row) {
        Random random = new Random(row.id().hashCode());
        List<HostileRow.Act> acts = new ArrayList<>();
        for (HostileRow.Act act : row.acts()) {
            if (act instanceof HostileRow.Send send) {
                byte[] bytes = send.bytes();
                int[] cuts = random.ints(3, 0, bytes.length + 1).sorted().toArray();
                int from = 0;
                for (int cut : cuts) {
                    acts.add(new HostileRow.Send(java.util.Arrays.copyOfRange(bytes, from, cut)));
                    from = cut;
                }
                acts.add(new HostileRow.Send(java.util.Arrays.copyOfRange(bytes, from, bytes.length)));
            } else {
                acts.add(act);
            }
        }
        return acts;
    }

    /** What is wrong with a request that reached the backend. */
    private static List<String> faults(Recorded request) {
        List<String> faults = new ArrayList<>();
        String[] lines = request.head().split("\r\n", -1);
        if (!lines[0].matches("POST /(api|v1)/[a-z/]+(\\?[!-~]*)? HTTP/1\\.1") || lines[0].contains("SMUGGLED")) {
            faults.add("request line " + lines[0]);
        }
        List<String> names = new ArrayList<>();
        for (int i = 1; i < lines.length - 1; i++) {
            names.add(lines[i].substring(0, lines[i].indexOf(':')).toLowerCase(Locale.ROOT));
        }
        names.stream().filter(n -> !GOES_UP.contains(n)).forEach(n -> faults.add("field " + n));
        for (String once : List.of("host", "content-length", "via")) {
            if (names.stream().filter(once::equals).count() != 1) {
                faults.add("not one " + once);
            }
        }
        if (!request.bodyText().startsWith("{") || request.bodyText().contains("HTTP/1.1")) {
            faults.add("body " + request.bodyText());
        }
        return faults;
    }

    /** A backend that answers like this once must not confuse the client, nor the next one. */
    @ParameterizedTest
    @MethodSource("answers")
    void answers(HostileRow row) throws Exception {
        AtomicBoolean played = new AtomicBoolean();
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    if (played.getAndSet(true)) {
                        FailoverTest.good(line);
                        return;
                    }
                    for (HostileRow.Act act : row.acts()) {
                        if (act instanceof HostileRow.Send send) {
                            line.send(send.bytes());
                        } else if (act instanceof HostileRow.Reset) {
                            line.reset();
                        }
                    }
                    line.close();
                });
                TestServer server = TestServer.tiers(loops, "", backend)) {
            try (Eavesdropper client = new Eavesdropper(server.port())) {
                client.play(List.of(new HostileRow.Send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + FailoverTest.CHAT.length() + "\r\n\r\n" + FailoverTest.CHAT)));
                client.awaitQuiet(ANSWERED);
                List<Eavesdropper.Heard> heard = client.answers(false);
                assertThat(heard).as(row.toString()).hasSize(1);
                Eavesdropper.Heard answer = heard.get(0);
                boolean whole = answer.status() == 204
                        || answer.fields().contains("\ncontent-length:")
                        || answer.body().endsWith("\r\n0\r\n\r\n");
                if (answer.status() < 300
                        && answer.status() != 204
                        && row.category().equals("resp-framing")) {
                    assertThat(whole && answer.body().contains("\"done\":true")
                                    || answer.body().contains("{\"error\":"))
                            .as("%s: a whole answer, or an error line; got %s", row, answer)
                            .isTrue();
                }
                if (row.expect().equals("accept")) {
                    assertThat(answer.status()).as(row.toString()).isEqualTo(200);
                    assertThat(whole).as(row.toString()).isTrue();
                }
                assertThat(answer.fields())
                        .as(row.toString())
                        .doesNotContain("\nx-secret:", "\nkeep-alive:", "\nset-cookie:", "\ntrailer:");
            }
            assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT)
                            .text())
                    .as("%s: the next client", row)
                    .isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
        }
    }
}

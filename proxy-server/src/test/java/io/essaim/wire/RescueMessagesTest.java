package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer of {@code /v1/messages} that breaks off goes on with another backend's, in the message and the block that are open. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RescueMessagesTest {
    private static final String BODY =
            "{\"model\":\"llama3.2\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String MARK = ": {\"essaim\":{\"rescued\":1}}\n\n";
    private static final String MESSAGE = event("message_start", "\"message\":{\"id\":\"m\",\"content\":[]}");
    private static final String BLOCK = block("text\",\"text\":\"");
    private static final String STOP = event("content_block_stop", "\"index\":0");
    private static final String END =
            STOP + event("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}");
    private static final String LAST = event("message_stop", "\"x\":0");

    /** How a backend breaks off. */
    @SuppressWarnings("ImmutableEnumChecker") // Scripts keep nothing.
    enum Break {
        FIN(Line::close),
        RST(Line::reset),
        PROPER_END(line -> line.send("0\r\n\r\n")),
        ERROR_EVENT(line -> {
            line.chunk(
                    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"EOF\"}}\n\n");
            line.send("0\r\n\r\n");
        }),
        WITHIN_AN_EVENT(line -> {
            line.chunk("event: content_block_delta\ndata: {\"type\":\"content_");
            line.close();
        });

        private final Script script;

        Break(Script script) {
            this.script = script;
        }
    }

    @Parameter
    int loops;

    private static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
    }

    private static String block(String type) {
        return event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"" + type + "\"}");
    }

    private static String says(String words) {
        return event(
                "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + words + "\"}");
    }

    private static void begin(Line line, List<String> frames) throws IOException {
        line.send(CloudScene.HEAD);
        for (String frame : frames) {
            line.chunk(frame);
        }
    }

    private static Script whole(String... frames) {
        return line -> {
            begin(line, List.of(frames));
            line.send("0\r\n\r\n");
        };
    }

    /** What the client reads, and what the second backend was sent; empty if that was nothing. */
    private record Seen(RawClient.Reply reply, String sent) {}

    private Seen cut(String rules, List<String> first, Script then, Script second) throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        Script cut = line -> {
            begin(line, first);
            line.await(read);
            then.play(line);
        };
        try (ScriptedBackend one = RescueTest.host(cut);
                ScriptedBackend two = RescueTest.host(second);
                TestServer server = TestServer.tiers(loops, rules, one, two)) {
            String mark = first.get(first.size() - 1);
            RawClient.Reply reply = RescueTest.post(server, "/v1/messages", BODY, mark, read);
            return new Seen(
                    reply, two.requests().isEmpty() ? "" : two.requests().get(0).bodyText());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereverItBreaksOff_everyWordAndEveryEventComesOnce(Break how) throws Exception {
        List<String> words = List.of("Bon", "jour, \\\"é€\\\"", " vous");
        List<String> frames = new ArrayList<>(List.of(MESSAGE, BLOCK));
        words.forEach(word -> frames.add(says(word)));
        for (int cut = 1; cut <= frames.size(); cut++) {
            List<String> said = words.subList(0, Math.max(0, cut - 2));
            StringBuilder rest = new StringBuilder();
            words.subList(said.size(), words.size()).forEach(word -> rest.append(says(word)));
            Script second = whole(MESSAGE, BLOCK, rest + END, LAST);
            Seen seen = cut(RescueTest.ALLOWED, frames.subList(0, cut), how.script, second);
            assertThat(seen.reply.text())
                    .as("cut behind %d", cut)
                    .isEqualTo(String.join("", frames) + END + MARK + LAST);
            assertThat(seen.reply.complete()).isTrue();
            String told = ",{\"role\":\"assistant\",\"content\":\"" + String.join("", said) + "\"}]";
            assertThat(seen.sent)
                    .isEqualTo(
                            said.isEmpty()
                                    ? BODY
                                    : BODY.replace("}]", "}" + told).replace(":9", ":" + (9 - said.size())));
        }
    }

    @Test
    void wordsThatAreSaidAgain_areTakenOut() throws Exception {
        String words = "All the words of this sentence stand here once";
        Script second = whole(MESSAGE, BLOCK, says(words), says(" and no more."), END, LAST);
        Seen seen = cut(RescueTest.ALLOWED, List.of(MESSAGE, BLOCK, says(words)), Line::close, second);
        assertThat(seen.reply.text())
                .isEqualTo(MESSAGE + BLOCK + says(words) + says(" and no more.") + END + MARK + LAST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tool_use\",\"id\":\"t\",\"name\":\"f", "thinking\",\"thinking\":\""})
    void whereABlockBeganThatIsNoText_theErrorStays(String type) throws Exception {
        Seen seen =
                cut(RescueTest.ALLOWED, List.of(MESSAGE, block(type)), Line::close, whole(MESSAGE, BLOCK, END, LAST));
        assertThat(seen.sent).isEmpty();
        assertThat(seen.reply.text()).startsWith(MESSAGE + block(type) + "event: error\n");
        assertThat(seen.reply.complete()).isFalse();
    }

    @Test
    void whereTheTextIsOver_theErrorStays() throws Exception {
        Seen seen = cut(
                RescueTest.ALLOWED, List.of(MESSAGE, BLOCK, says("a"), STOP), Line::close, whole(MESSAGE, END, LAST));
        assertThat(seen.sent).isEmpty();
        assertThat(seen.reply.text()).contains("event: error\n").doesNotContain(MARK);
    }

    @Test
    void whoCallsAToolInsteadOfGoingOn_isNotShown() throws Exception {
        String tool = block("tool_use\",\"id\":\"t\",\"name\":\"f");
        Seen seen = cut(
                RescueTest.ALLOWED, List.of(MESSAGE, BLOCK, says("a")), Line::close, whole(MESSAGE, tool, END, LAST));
        assertThat(seen.sent).isNotEmpty();
        assertThat(seen.reply.text())
                .startsWith(MESSAGE + BLOCK + says("a") + "event: error\n")
                .doesNotContain("tool_use");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"agents\":{\"default\":{\"rescue\":false}}"})
    void whoDoesNotAllowIt_getsTheError(String rules) throws Exception {
        Seen seen = cut(rules, List.of(MESSAGE, BLOCK, says("a")), Line::close, whole(MESSAGE, BLOCK, END, LAST));
        assertThat(seen.sent).isEmpty();
        assertThat(seen.reply.text()).contains("event: error\n");
    }
}

package io.essaim.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** An answer that breaks off goes on with another backend's, for agents that allow it: every word once, and the end says so. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RescueTest {
    static final String ALLOWED = ",\"agents\":{\"default\":{\"rescue\":true}}";
    static final List<String> WORDS =
            List.of("The", " quick", " brown", " fox", " says: \\\"é€\\\"", " and", " sleeps.");
    static final String MARK = ",\"essaim\":{\"rescued\":1}";
    private static final JsonMapper JSON = new JsonMapper();

    /** How a backend breaks off. */
    enum Break {
        FIN(Line::close),
        RST(Line::reset),
        /** A runner that died looks like this in some versions. */
        PROPER_END(line -> line.send("0\r\n\r\n")),
        /** And like this in others. */
        ERROR_LINE(line -> {
            line.chunk("{\"error\":\"an error was encountered while running the model: unexpected EOF\"}\n");
            line.send("0\r\n\r\n");
        }),
        MALFORMED_CHUNK(line -> {
            line.send("five\r\n");
            line.awaitDeparture();
        }),
        WITHIN_A_CHUNK(line -> {
            line.send("80\r\n{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\" lost");
            line.close();
        }),
        WITHIN_A_LINE(line -> {
            line.chunk("{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\" lost\"}");
            line.close();
        });

        private final Script script;

        Break(Script script) {
            this.script = script;
        }
    }

    @Parameter
    int loops;

    static String token(String words) {
        return FailoverTest.TOKEN.replace("\"a\"", '"' + words + '"');
    }

    /** Says this, and after the client has read the beginning of it, does that. */
    static Script saying(List<String> words, Script then, CountDownLatch read) {
        return line -> {
            line.send(FailoverTest.HEAD);
            for (String word : words) {
                line.chunk(token(word));
            }
            line.await(read);
            then.play(line);
        };
    }

    static Script finishing(List<String> words) {
        return line -> {
            line.send(FailoverTest.HEAD);
            for (String word : words) {
                line.chunk(token(word));
            }
            line.chunk(FailoverTest.DONE);
            line.send("0\r\n\r\n");
        };
    }

    /** Posts, and opens the gate once the answer has begun. */
    static RawClient.Reply post(TestServer server, String path, String body, CountDownLatch gate) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            RawClient.Reply head = client.sendPost(path, body).readHead();
            List<byte[]> chunks = new ArrayList<>();
            boolean complete = false;
            try {
                for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                    chunks.add(chunk);
                    gate.countDown();
                }
                complete = true;
            } catch (EOFException e) {
                // Said by the flag.
            }
            return new RawClient.Reply(head.status(), head.fields(), chunks, complete);
        }
    }

    static ScriptedBackend host(Script script) {
        return ScriptedBackend.with("llama3.2:latest").plays(script);
    }

    private static String tokens(List<String> words) {
        return words.stream().map(RescueTest::token).collect(Collectors.joining());
    }

    static String done() {
        return FailoverTest.DONE.replace("}\n", MARK + "}\n");
    }

    static String text(RawClient.Reply reply) {
        return Arrays.stream(reply.text().split("\n", -1))
                .filter(line -> !line.isBlank())
                .map(line -> JSON.readTree(line).path("message").path("content").asString(""))
                .collect(Collectors.joining());
    }

    /** The chat with a beginning of its answer. */
    static String begun(List<String> words) {
        return FailoverTest.CHAT.replace(
                "}]", "},{\"role\":\"assistant\",\"content\":\"" + String.join("", words) + "\"}]");
    }

    @ParameterizedTest
    @EnumSource(Break.class)
    void cutBehindAnyFrame_theClientGetsEveryWordOnce(Break how) throws Exception {
        for (int cut = 1; cut <= WORDS.size(); cut++) {
            List<String> first = WORDS.subList(0, cut);
            List<String> rest = WORDS.subList(cut, WORDS.size());
            CountDownLatch read = new CountDownLatch(1);
            try (ScriptedBackend one = host(saying(first, how.script, read));
                    ScriptedBackend two = host(finishing(rest));
                    TestServer server = TestServer.tiers(loops, ALLOWED, one, two)) {
                RawClient.Reply reply = post(server, "/api/chat", FailoverTest.CHAT, read);
                assertThat(reply.text()).as("cut behind %d", cut).isEqualTo(tokens(WORDS) + done());
                assertThat(reply.complete()).isTrue();
                assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b1");
                assertThat(one.requests()).hasSize(1);
                assertThat(one.requests().get(0).bodyText()).isEqualTo(FailoverTest.CHAT);
                assertThat(two.requests()).hasSize(1);
                assertThat(JSON.readTree(two.requests().get(0).bodyText()))
                        .as("cut behind %d", cut)
                        .isEqualTo(JSON.readTree(begun(first)));
            }
        }
    }
}

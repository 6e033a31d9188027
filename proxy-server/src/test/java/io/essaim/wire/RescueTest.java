package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An answer that breaks off goes on with another backend's, for agents that allow it: every word once, and the end says so. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
public class RescueTest {
    public static final String ALLOWED = ",\"agents\":{\"default\":{\"rescue\":true}}";
    static final List<String> WORDS =
            List.of("The", " quick", " brown", " fox", " says: \\\"é€\\\"", " and", " sleeps.");
    static final String MARK = ",\"essaim\":{\"rescued\":1}";
    private static final String SSE =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final JsonMapper JSON = new JsonMapper();

    /** How a backend breaks off. */
    @SuppressWarnings("ImmutableEnumChecker") // Scripts keep nothing.
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

    /** What the second backend was sent. */
    private String sent = "";

    public static String token(String words) {
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

    /** Posts, and opens the gate once this part of the answer has come. */
    static RawClient.Reply post(TestServer server, String path, String body, String mark, CountDownLatch gate)
            throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            RawClient.Reply head = client.sendPost(path, body).readHead();
            List<byte[]> chunks = new ArrayList<>();
            boolean complete = false;
            try {
                for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                    chunks.add(chunk);
                    if (new RawClient.Reply(0, List.of(), chunks, false).text().contains(mark)) {
                        gate.countDown();
                    }
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
                RawClient.Reply reply = post(server, "/api/chat", FailoverTest.CHAT, tokens(first), read);
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

    private interface Check {
        void check(RawClient.Reply reply, TestServer server) throws Exception;
    }

    /** The first backend says this and dies, the second does that. */
    private void rescued(String path, String body, List<String> said, Script second, Check check) throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        Script first = line -> {
            line.send(path.startsWith("/v1") ? SSE : FailoverTest.HEAD);
            for (String frame : said) {
                line.chunk(frame);
            }
            line.await(read);
            line.reset();
        };
        try (ScriptedBackend one = host(first);
                ScriptedBackend two = host(second);
                TestServer server = TestServer.tiers(loops, ALLOWED + ",\"admin\":{\"port\":0}", one, two)) {
            check.check(post(server, path, body, String.join("", said), read), server);
            assertThat(two.requests()).hasSize(1);
            sent = two.requests().get(0).bodyText();
        }
    }

    private static Script frames(String head, String... frames) {
        return line -> {
            line.send(head);
            for (String frame : frames) {
                line.chunk(frame);
            }
            line.send("0\r\n\r\n");
        };
    }

    @Test
    void repeatedWords_areTakenOut_andTheRestOfTheirFrameStays() throws Exception {
        List<String> said = List.of("Bees dance to tell each other", " where all the flowers are.");
        Script again = frames(
                FailoverTest.HEAD,
                token(" where all the"),
                token(" flowers are. The"),
                token(" angle"),
                FailoverTest.DONE);
        rescued(
                "/api/chat",
                FailoverTest.CHAT,
                said.stream().map(RescueTest::token).toList(),
                again,
                (reply, server) -> {
                    assertThat(text(reply))
                            .isEqualTo("Bees dance to tell each other where all the flowers are. The angle");
                    assertThat(reply.text()).isEqualTo(tokens(said) + token(" The") + token(" angle") + done());
                });
    }

    @Test
    void wordsWaitAtTheSeam_onlyUntilItIsKnown() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        Script second = line -> {
            line.send(FailoverTest.HEAD);
            line.chunk(token(" across")); // Perhaps the words of before again.
            line.chunk(token(" Then"));
            line.await(seen);
            line.chunk(FailoverTest.DONE);
            line.send("0\r\n\r\n");
        };
        CountDownLatch read = new CountDownLatch(1);
        List<String> said = List.of("Soon half of the hive is on its way across two fields and a road.");
        try (ScriptedBackend one = host(saying(said, Line::reset, read));
                ScriptedBackend two = host(second);
                TestServer server = TestServer.tiers(loops, ALLOWED, one, two);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            StringBuilder got = new StringBuilder();
            for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                got.append(new String(chunk, StandardCharsets.UTF_8));
                read.countDown();
                if (got.indexOf(" Then") > 0) {
                    seen.countDown();
                }
            }
            assertThat(got.toString()).isEqualTo(tokens(said) + token(" across") + token(" Then") + done());
        }
    }

    @Test
    void aThoughtThatIsCut_beginsAnew_andOneThatWasThoughtIsTold() throws Exception {
        String thought =
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm.\"},\"done\":false}\n";
        Script second = frames(FailoverTest.HEAD, thought, token("Hi"), FailoverTest.DONE);
        rescued(
                "/api/chat",
                FailoverTest.CHAT,
                List.of(thought),
                second,
                (reply, server) -> assertThat(reply.text()).isEqualTo(thought + thought + token("Hi") + done()));
        assertThat(sent).isEqualTo(FailoverTest.CHAT);
        Script third = frames(FailoverTest.HEAD, token(" there"), FailoverTest.DONE);
        rescued(
                "/api/chat",
                FailoverTest.CHAT,
                List.of(thought, token("Hi")),
                third,
                (reply, server) -> assertThat(text(reply)).isEqualTo("Hi there"));
        assertThat(sent).isEqualTo(begun(List.of("Hi")).replace("\"Hi\"}", "\"Hi\",\"thinking\":\"Hm.\"}"));
    }

    @Test
    void aRawPrompt_goesOnWithTheTextBehindIt() throws Exception {
        String body = "{\"model\":\"llama3.2\",\"raw\":true,\"prompt\":\"Once\",\"options\":{\"num_predict\":10}}";
        String word = "{\"response\":\" upon\",\"done\":false}\n";
        String done = "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}\n";
        Script second = frames(FailoverTest.HEAD, word.replace("upon", "time"), done);
        rescued(
                "/api/generate",
                body,
                List.of(word, word.replace("upon", "a")),
                second,
                (reply, server) -> assertThat(reply.text())
                        .isEqualTo(word
                                + word.replace("upon", "a")
                                + word.replace("upon", "time")
                                + done.replace("}\n", MARK + "}\n")));
        assertThat(sent).isEqualTo(body.replace("Once", "Once upon a").replace("10", "8"));
    }

    @Test
    void eventsOfOpenAisChat_goOn_andACommentSaysSo() throws Exception {
        String body = FailoverTest.CHAT.replace("{\"model\"", "{\"stream\":true,\"max_tokens\":1,\"model\"");
        String event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"}}]}\n\n";
        String there = event.replace("Hi", " there");
        String last = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\n";
        Script second = frames(SSE, there, last, "data: [DONE]\n\n");
        rescued("/v1/chat/completions", body, List.of(event), second, (reply, server) -> {
            assertThat(reply.text())
                    .isEqualTo(event + there + last + ": {\"essaim\":{\"rescued\":1}}\n\ndata: [DONE]\n\n");
            assertThat(reply.complete()).isTrue();
        });
        assertThat(sent)
                .as("one token at least")
                .isEqualTo(body.replace("}]", "},{\"role\":\"assistant\",\"content\":\"Hi\"}]"));
    }

    @Test
    void thePagesTellOfIt() throws Exception {
        Script second = finishing(List.of(" there"));
        rescued("/api/chat", FailoverTest.CHAT, List.of(token("Hi")), second, (reply, server) -> {
            int admin = server.server().adminPort();
            JsonNode status = JSON.readTree(RawClient.get(admin, "/status").bytes());
            assertThat(status.path("rescues").toString()).isEqualTo("{\"completed\":1,\"failed\":0}");
            JsonNode story = JSON.readTree(RawClient.get(admin, "/why/" + reply.field("X-Essaim-Route-Id"))
                    .bytes());
            assertThat(story.path("steps")
                            .valueStream()
                            .map(step -> step.path("step").asString("")))
                    .containsExactly("chosen", "sent", "begun", "failed", "chosen", "sent", "rescued");
            assertThat(story.path("outcome").asString("")).isEqualTo("ok rescued=1");
        });
    }

    @Test
    void aClientThatWaits_getsSignsOfLife_betweenTwoFrames() throws Exception {
        CountDownLatch alive = new CountDownLatch(1);
        Script second = line -> {
            line.await(alive);
            finishing(List.of(" there")).play(line);
        };
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = host(saying(List.of("Hi"), Line::reset, read));
                ScriptedBackend two = host(second);
                TestServer server =
                        TestServer.tiers(loops, ALLOWED + ",\"timeouts\":{\"heartbeat\":\"100ms\"}", one, two);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            StringBuilder got = new StringBuilder();
            for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                String frame = new String(chunk, StandardCharsets.UTF_8);
                got.append(frame);
                read.countDown();
                if (frame.contains("created_at")) {
                    assertThat(frame).endsWith("\"content\":\"\"},\"done\":false}\n");
                    alive.countDown();
                }
            }
            assertThat(got.toString()).endsWith(token(" there") + done());
            assertThat(got.toString().replaceAll("\\{[^\n]*created_at[^\n]*\n", ""))
                    .isEqualTo(token("Hi") + token(" there") + done());
        }
    }

    @Test
    void aStreamThatStandsStill_isLeftAfterTheIdleTime() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedBackend one = host(saying(List.of("Hi"), Line::awaitDeparture, read));
                ScriptedBackend two = host(finishing(List.of(" there")));
                TestServer server = TestServer.tiers(loops, ALLOWED + ",\"timeouts\":{\"idle\":\"50ms\"}", one, two)) {
            RawClient.Reply reply = post(server, "/api/chat", FailoverTest.CHAT, "", read);
            assertThat(reply.text()).isEqualTo(token("Hi") + token(" there") + done());
            await().until(() -> one.departures() == 1);
        }
    }

    @Test
    void twoCuts_areRescuedTwice_eachWithAllThatWasSaid() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        CountDownLatch more = new CountDownLatch(1);
        try (ScriptedBackend one = host(saying(List.of("Hi", " there"), Line::reset, read));
                ScriptedBackend two = host(saying(List.of(" you"), Line::close, more));
                ScriptedBackend three = host(finishing(List.of(" two")));
                TestServer server = TestServer.tiers(loops, ALLOWED, one, two, three);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            StringBuilder got = new StringBuilder();
            for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                got.append(new String(chunk, StandardCharsets.UTF_8));
                if (got.indexOf(" there") > 0) {
                    read.countDown();
                }
                if (got.indexOf(" you") > 0) {
                    more.countDown();
                }
            }
            assertThat(got.toString())
                    .isEqualTo(tokens(List.of("Hi", " there", " you", " two")) + done().replace(":1}", ":2}"));
            assertThat(three.requests().get(0).bodyText()).isEqualTo(begun(List.of("Hi", " there", " you")));
        }
    }

    @Test
    void theClientsOwnNameOfTheModel_staysInAllFrames() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        String named = "{\"model\":\"qwen3:0.6b\",\"message\":{\"content\":\" there\"},\"done\":false}\n";
        try (ScriptedBackend one = host(saying(List.of("Hi"), Line::reset, read));
                ScriptedBackend two = ScriptedBackend.with("qwen3:0.6b")
                        .plays(frames(FailoverTest.HEAD, named, FailoverTest.DONE.replace("llama3.2", "qwen3:0.6b")));
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + one.url()
                                + "\"},\"b2\":{\"url\":\"" + two.url()
                                + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"],[{\"backend\":\"b2\","
                                + "\"model\":\"qwen3:0.6b\"}]]}]" + ALLOWED + "}")) {
            RawClient.Reply reply = post(server, "/api/chat", FailoverTest.CHAT, token("Hi"), read);
            assertThat(reply.text()).isEqualTo(token("Hi") + named.replace("qwen3:0.6b", "llama3.2") + done());
            assertThat(two.requests().get(0).bodyText())
                    .isEqualTo(begun(List.of("Hi")).replace("llama3.2", "qwen3:0.6b"));
        }
    }

    @Test
    void howeverTheBytesAreCutIntoReads_theAnswerIsTheSame() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int cut = 1 + random.nextInt(WORDS.size() - 1);
            CountDownLatch read = new CountDownLatch(1);
            byte[] first = (tokens(WORDS.subList(0, cut)) + token(" lost").substring(0, random.nextInt(40)))
                    .getBytes(StandardCharsets.UTF_8);
            byte[] second =
                    (tokens(WORDS.subList(cut, WORDS.size())) + FailoverTest.DONE).getBytes(StandardCharsets.UTF_8);
            try (ScriptedBackend one = host(line -> {
                        line.send(FailoverTest.HEAD);
                        RescuePassageTest.inPieces(line, first, random);
                        line.await(read);
                        line.reset();
                    });
                    ScriptedBackend two = host(line -> {
                        line.send(FailoverTest.HEAD);
                        RescuePassageTest.inPieces(line, second, random);
                        line.send("0\r\n\r\n");
                    });
                    TestServer server = TestServer.tiers(loops, ALLOWED, one, two)) {
                RawClient.Reply reply =
                        post(server, "/api/chat", FailoverTest.CHAT, tokens(WORDS.subList(0, cut)), read);
                assertThat(reply.text()).as("seed %d", seed).isEqualTo(tokens(WORDS) + done());
                assertThat(reply.complete()).as("seed %d", seed).isTrue();
            }
        }
    }
}

package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests as large as they may be: what translating them costs, and what is refused before it costs anything. */
class LargeRequestsTest {
    private static final long SEED = 20261201;
    private static final int MIB = 1 << 20;

    /** Bodies of 29 MiB that would be many times as large as trees or strings. */
    enum Shape {
        MANY_MESSAGES(ClientDialect.OPENAI_CHAT, BackendDialect.OPENAI) {
            @Override
            void write(StringBuilder out) {
                open(out);
                repeat(out, 99_000, "{\"role\":\"user\",\"content\":\"" + "a".repeat(270) + "\"}");
                out.append("]}");
            }
        },
        ONE_TEXT_THAT_NEEDS_TWO_BYTES_A_LETTER(ClientDialect.OLLAMA_CHAT, BackendDialect.OPENAI) {
            @Override
            void write(StringBuilder out) {
                open(out);
                out.append("{\"role\":\"user\",\"content\":\"漢")
                        .append("a\\n".repeat(29 * MIB / 3))
                        .append("\"}]}");
            }
        },
        ARGUMENTS_AS_AN_OBJECT(ClientDialect.OLLAMA_CHAT, BackendDialect.ANTHROPIC) {
            @Override
            void write(StringBuilder out) {
                open(out);
                out.append(
                        "{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"l\":[");
                repeat(out, 29 * MIB / 2, "1");
                out.append("]}}}]}]}");
            }
        },
        A_SCHEMA(ClientDialect.ANTHROPIC, BackendDialect.GEMINI) {
            @Override
            void write(StringBuilder out) {
                out.append("{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],");
                out.append("\"tools\":[{\"name\":\"f\",\"input_schema\":{\"enum\":[");
                repeat(out, 29 * MIB / 3, "{}");
                out.append("]}}]}");
            }
        },
        RESULTS(ClientDialect.RESPONSES, BackendDialect.GEMINI) {
            @Override
            void write(StringBuilder out) {
                out.append("{\"model\":\"m\",\"input\":[");
                repeat(
                        out,
                        99_000,
                        "{\"type\":\"function_call_output\",\"call_id\":\"x\",\"output\":\"" + "a".repeat(230) + "\"}");
                out.append("]}");
            }
        };

        private final ClientDialect client;
        private final BackendDialect backend;

        Shape(ClientDialect client, BackendDialect backend) {
            this.client = client;
            this.backend = backend;
        }

        abstract void write(StringBuilder out);

        private static void open(StringBuilder out) {
            out.append("{\"model\":\"m\",\"messages\":[");
        }

        private static void repeat(StringBuilder out, int times, String one) {
            for (int i = 0; i < times; i++) {
                out.append(i == 0 ? "" : ",").append(one);
            }
        }
    }

    /** Translates one body; started in a process of its own, whose heap is three times the body. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            Shape shape = Shape.valueOf(args[0]);
            byte[] body = System.in.readAllBytes();
            NeutralRequest asked = shape.client.read(body);
            byte[] out =
                    shape.backend.write(asked, "m", Capabilities.named(args[1]).orElseThrow());
            System.out.println("translated " + (out.length > body.length / 2));
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void takesAtMostThreeTimesTheBody_itselfIncluded(Shape shape) throws Exception {
        StringBuilder json = new StringBuilder(31 * MIB);
        shape.write(json);
        byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
        assertThat(body.length).isGreaterThan(26 * MIB);
        String capabilities = switch (shape.backend) {
            case ANTHROPIC -> "anthropic";
            case GEMINI -> "gemini";
            case OPENAI, OLLAMA -> "openai";
        };
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        // A third more than the young generation, which holds nothing of this size.
                        "-Xmn2m",
                        "-Xmx" + (3 * (body.length / MIB + 1) + 6) + "m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        shape.name(),
                        capabilities)
                .redirectErrorStream(true)
                .start();
        try (var in = child.getOutputStream()) {
            in.write(body);
        }
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("translated true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "OPENAI_CHAT | {'model':'m','messages':[ | {'role':'user','content':'a'} | ]} | messages",
                "OLLAMA_CHAT | {'model':'m','messages':[ | {'role':'user','content':'a'} | ]} | messages",
                "RESPONSES | {'model':'m','input':[ | {'role':'user','content':'a'} | ]} | input",
                "OLLAMA_CHAT | {'model':'m','messages':[],'tools':[ | {'function':{}} | ]} | tools",
                "OPENAI_CHAT | {'model':'m','messages':[{'role':'user','content':'a'}],'stop':[ | 'x' | ]} | stop",
                "OPENAI_CHAT | {'model':'m','messages':[{'role':'user','content':[ | {'type':'text'} | ]}]} | messages.content",
            })
    void moreThanACloudTakes_isRefusedByName(
            ClientDialect dialect, String start, String one, String end, String field) {
        String open = start.replace('\'', '"');
        String element = one.replace('\'', '"');
        StringBuilder json = new StringBuilder(open);
        Shape.repeat(json, 100_001, element);
        json.append(end.replace('\'', '"'));
        assertThatThrownBy(() -> dialect.read(Sample.utf8(json.toString())))
                .isInstanceOfSatisfying(InvalidRequest.class, refused -> {
                    assertThat(refused.text())
                            .isEqualTo("a request with more than 100000 " + field + " cannot be sent to a cloud");
                    assertThat(refused.status()).isEqualTo(413);
                });
    }

    @Test
    void moreBytesThanAnyCloudTakes_areRefused() {
        byte[] body = new byte[TranslationLimits.BYTES + 1];
        assertThatThrownBy(() -> ClientDialect.OPENAI_CHAT.read(body))
                .isInstanceOfSatisfying(InvalidRequest.class, refused -> {
                    assertThat(refused.text()).isEqualTo("a request of more than 50 MB cannot be sent to a cloud");
                    assertThat(refused.status()).isEqualTo(413);
                });
    }

    @Test
    void aWordThatIsNone_isRefused() {
        String json = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\""
                + "a".repeat(MIB + 1) + "\"}]}";
        assertThatThrownBy(() -> ClientDialect.OLLAMA_CHAT.read(Sample.utf8(json)))
                .isInstanceOfSatisfying(InvalidRequest.class, refused -> {
                    assertThat(refused.text()).isEqualTo("messages.role is longer than 1 MiB");
                    assertThat(refused.status()).isEqualTo(413);
                });
    }

    /** Results in the opposite order of their calls: a search from the front for each would take hours. */
    @Test
    void resultsFindTheirCalls_howeverManyThereAre() throws Exception {
        int count = 90_000;
        StringBuilder json =
                new StringBuilder("{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[");
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "" : ",").append("{\"id\":\"c").append(i);
            json.append("\",\"function\":{\"name\":\"f").append(i).append("\"}}");
        }
        json.append("]}");
        for (int i = count - 1; i >= 0; i--) {
            json.append(",{\"role\":\"tool\",\"content\":\"").append(i).append("\",\"tool_call_id\":\"c");
            json.append(i).append("\"}");
        }
        NeutralRequest asked =
                ClientDialect.OLLAMA_CHAT.read(Sample.utf8(json.append("]}").toString()));
        int place = count;
        for (ChatMessage turn : asked.turns()) {
            if (turn.role() == ChatMessage.Role.TOOL) {
                place--;
                assertThat(turn.parts())
                        .containsExactly(
                                new ChatMessage.Result("c" + place, "f" + place, String.valueOf(place), false));
            }
        }
        assertThat(place).isZero();
    }

    @Test
    void textSurvivesHoweverItWasEscaped() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            StringBuilder escaped = new StringBuilder();
            StringBuilder plain = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                int point = new int[] {'a', '"', '\\', '\n', 0x1, 0xe9, 0x6f22, 0x1f600}[random.nextInt(8)];
                plain.appendCodePoint(point);
                for (char c : Character.toChars(point)) {
                    boolean raw = point >= 0x80 && n % 2 == 0 || c == 'a';
                    escaped.append(raw ? String.valueOf(c) : String.format("\\u%04x", (int) c));
                }
            }
            String json = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + escaped + "\"}]}";
            NeutralRequest asked = ClientDialect.OPENAI_CHAT.read(Sample.utf8(json));
            assertThat(asked.turns())
                    .as("seed %d, text %d: %s", SEED, i, escaped)
                    .containsExactly(ChatMessage.words(ChatMessage.Role.USER, plain.toString()));
            byte[] out = BackendDialect.OPENAI.write(
                    asked, "m", Capabilities.named("openai").orElseThrow());
            assertThat(GoJsonObject.MAPPER
                            .readTree(out)
                            .at("/messages/0/content")
                            .asString())
                    .isEqualTo(plain.toString());
        }
    }
}

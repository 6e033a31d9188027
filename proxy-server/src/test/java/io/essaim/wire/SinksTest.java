package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an agent says is written down nowhere, however backends fail: not in the log at any level, on no admin page, in no file. An
 * agent of the zone {@code lan} is heard by no cloud either, and one with a cloud by that cloud alone.
 */
@ResourceLock("log") // sets its levels, or reads it for words of its own
@ParameterizedClass
@ValueSource(ints = {1, 4})
class SinksTest {
    private static final String CANARY = "canary-51c0ffee";
    private static final String BACKENDS = """
            {"listen":{"port":0},"admin":{"port":0},"limits":{"attempts":10},
             "timeouts":{"firstToken":"150ms","whole":"150ms","idle":"150ms"},
             "backends":{"near":{"url":"%s","zone":"lan","slots":4},"near2":{"url":"%s","zone":"host","slots":4},
              "far":{"url":"%s","zone":"cloud","slots":4},
              "openai":{"url":"%s/v1","dialect":"openai","zone":"cloud"},
              "anthropic":{"url":"%s","dialect":"anthropic","zone":"cloud"},
              "gemini":{"url":"%s/v1beta","dialect":"gemini","zone":"cloud"}},
             "routes":[{"models":["*"],"tiers":[["near"],["near2"],["far"]]}],
             "agents":{"rssi":{"zone":"lan"},
              "openai":{"zone":"cloud","cloud":[{"backend":"openai","model":"g"}]},
              "anthropic":{"zone":"cloud","cloud":[{"backend":"anthropic","model":"g"}]},
              "gemini":{"zone":"cloud","cloud":[{"backend":"gemini","model":"g"}]}}}
            """;
    private static final List<String> PATHS =
            List.of("/api/chat", "/api/generate", "/v1/chat/completions", "/v1/messages", "/v1/responses");

    /** The catalogue of failures, with some that quote what they were asked. */
    enum Fault {
        NONE {
            @Override
            Script of(Spoken spoken) {
                return spoken::good;
            }
        },
        BUSY_FOR_A_MINUTE {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("429 Too Many Requests", "Retry-After: 60\r\n", "slow down, " + CANARY);
            }
        },
        BUSY {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("429 Too Many Requests", "", "slow down");
            }
        },
        SERVER_ERROR {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("500 Internal Server Error", "", "cannot answer '" + CANARY + "'");
            }
        },
        UNAVAILABLE {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("503 Service Unavailable", "", "overloaded");
            }
        },
        WRONG_KEY {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("401 Unauthorized", "", "no key with '" + CANARY + "'");
            }
        },
        RESET {
            @Override
            Script of(Spoken spoken) {
                return Line::reset;
            }
        },
        SILENT {
            @Override
            Script of(Spoken spoken) {
                return Line::awaitDeparture;
            }
        },
        NO_HTTP {
            @Override
            Script of(Spoken spoken) {
                return line -> line.send("HTTP/1.1 " + CANARY + "\r\n\r\n");
            }
        },
        BAD_FIELD {
            @Override
            Script of(Spoken spoken) {
                return line -> line.send("HTTP/1.1 200 OK\r\n" + CANARY + "\r\n\r\n");
            }
        },
        NO_FRAME {
            @Override
            Script of(Spoken spoken) {
                return line -> spoken.stream(line, "{\"you said\":\"" + CANARY + "\n\n");
            }
        },
        CUT {
            @Override
            Script of(Spoken spoken) {
                return line -> {
                    line.send(spoken.head);
                    line.chunk(spoken.first);
                    line.reset();
                };
            }
        },
        CUT_WITH_AN_ERROR {
            @Override
            Script of(Spoken spoken) {
                return line -> spoken.stream(line, spoken.first, spoken == Spoken.OLLAMA ? SAID + "\n" : QUOTED);
            }
        },
        STALLED {
            @Override
            Script of(Spoken spoken) {
                return line -> {
                    line.send(spoken.head);
                    line.chunk(spoken.first);
                    line.awaitDeparture();
                };
            }
        },
        TOO_LONG {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("400 Bad Request", "", spoken.tooLong());
            }
        },
        FILTERED {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("400 Bad Request", "", "blocked by the content_filter: " + CANARY);
            }
        },
        NO_PREFILL {
            @Override
            Script of(Spoken spoken) {
                return spoken.refusing("400 Bad Request", "", spoken.noPrefill());
            }
        };

        private static final String SAID = "{\"error\":\"it broke at '" + CANARY + "'\"}";
        private static final String QUOTED =
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"some_error\",\"message\":\"it broke at '"
                        + CANARY + "'\"}}\n\n";

        abstract Script of(Spoken spoken);
    }

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private TestServer server(ScriptedBackend... backends) {
        Object[] urls = Arrays.stream(backends).map(ScriptedBackend::url).toArray();
        return TestServer.keeping(directory, loops, BACKENDS.formatted(urls));
    }

    private static String body(String path) {
        String turn = "{\"role\":\"user\",\"content\":\"" + CANARY + "\"}";
        return "{\"model\":\"llama3.2\",\"stream\":true,\"max_tokens\":99,"
                + switch (path) {
                    case "/api/generate" -> "\"prompt\":\"" + CANARY + "\",\"system\":\"" + CANARY + "\"}";
                    case "/v1/responses" -> "\"input\":\"" + CANARY + "\",\"instructions\":\"" + CANARY + "\"}";
                    default -> "\"messages\":[" + turn + ",{\"role\":\"assistant\",\"content\":\"a\"}," + turn + "]}";
                };
    }

    private static RawClient.Reply ask(TestServer server, String agent, String path, String body) throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            return client.sendPost("/agents/" + agent + path, body).read();
        }
    }

    private static ScriptedBackend host(Script script) {
        return ScriptedBackend.with("llama3.2:latest").plays(script);
    }

    @ParameterizedTest
    @EnumSource
    void whatHasToStayNear_isHeardByNoCloud_andWrittenDownNowhere(Fault fault) throws Exception {
        Script broken = fault.of(Spoken.OLLAMA);
        try (Sinks sinks = new Sinks(CANARY);
                ScriptedBackend near = host(broken);
                ScriptedBackend near2 = host(broken);
                ScriptedBackend far = host(FailoverTest::good);
                ScriptedBackend openai = CloudScene.cloud(Spoken.OPENAI::good);
                ScriptedBackend anthropic = CloudScene.cloud(Spoken.ANTHROPIC::good);
                ScriptedBackend gemini = CloudScene.cloud(Spoken.GEMINI::good)) {
            try (TestServer server = server(near, near2, far, openai, anthropic, gemini)) {
                for (String path : PATHS) {
                    sinks.assertNotShown(server, ask(server, "rssi", path, body(path)));
                }
                String half = body("/api/chat");
                RawClient.Reply refused = ask(server, "rssi", "/api/chat", half.substring(0, half.length() - 6));
                assertThat(refused.status()).isEqualTo(400);
                assertThat(refused.text()).doesNotContain(CANARY);
                assertThat(near.requests()).isNotEmpty();
                assertThat(near.requests().get(0).bodyText()).contains(CANARY);
                assertThat(far.requests()).isEmpty();
                assertThat(far.loads())
                        .noneSatisfy(load -> assertThat(load.bodyText()).contains(CANARY));
                assertThat(openai.connections() + anthropic.connections() + gemini.connections())
                        .isZero();
            }
            sinks.assertNotKept(directory);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatACloudMayHear_isHeardByThatOneOnly_andWrittenDownNowhere(Fault fault) throws Exception {
        try (Sinks sinks = new Sinks(CANARY);
                ScriptedBackend near = host(FailoverTest::good);
                ScriptedBackend near2 = host(FailoverTest::good);
                ScriptedBackend far = host(FailoverTest::good);
                ScriptedBackend openai = CloudScene.cloud(fault.of(Spoken.OPENAI));
                ScriptedBackend anthropic = CloudScene.cloud(fault.of(Spoken.ANTHROPIC));
                ScriptedBackend gemini = CloudScene.cloud(fault.of(Spoken.GEMINI))) {
            near.kill();
            near2.kill();
            far.kill();
            try (TestServer server = server(near, near2, far, openai, anthropic, gemini)) {
                for (Spoken spoken : List.of(Spoken.OPENAI, Spoken.ANTHROPIC, Spoken.GEMINI)) {
                    for (String path : PATHS) {
                        sinks.assertNotShown(server, ask(server, spoken.rule(), path, body(path)));
                    }
                }
                for (ScriptedBackend cloud : List.of(openai, anthropic, gemini)) {
                    assertThat(cloud.requests()).isNotEmpty();
                    assertThat(cloud.requests())
                            .allSatisfy(asked -> assertThat(asked.bodyText()).contains(CANARY))
                            .allSatisfy(asked -> assertThat(asked.head()).doesNotContain(CANARY));
                }
            }
            sinks.assertNotKept(directory);
        }
    }
}

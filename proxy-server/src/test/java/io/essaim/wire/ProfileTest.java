package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which models there are for an agent, which it gets when it names none, and what hosts are told whatever it says. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ProfileTest {
    private static final String AGENTS = """
            ,"aliases":{"fast":"llama3.2:1b","loud":"mistral"},
             "agents":{"dev":{"models":["qwen*","fast"],"model":"qwen:1.5b"},"short":{"model":"fast"},
             "still":{"think":false,"keepAlive":"30m","numCtx":{"pin":2048},"model":"qwen:1.5b"}}
            """;

    @Parameter
    int loops;

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:1b", "mistral:latest", "qwen:1.5b", "default:latest")
                .plays(line -> line.json("{\"model\":\"" + model(line.request().bodyText())
                        + "\",\"done\":true,\"choices\":[],\"embeddings\":[]}")); // An answer on each route.
    }

    private static String model(String body) {
        return body.replaceAll("(?s).*\"model\":\\s*\"([^\"]*)\".*", "$1");
    }

    private static RawClient.Reply post(TestServer server, String path, String body) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                            + "\r\n\r\n" + body)
                    .read();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // no default: as ever
                "/api/chat | {\"model\":\"default\"} | {\"model\":\"default\"} | default",
                "/agents/dev/api/chat | {\"model\":\"qwen:1.5b\"} | {\"model\":\"qwen:1.5b\"} | qwen:1.5b",
                "/agents/dev/api/chat | {\"model\":\"default\"} | {\"model\":\"qwen:1.5b\"} | default",
                "/agents/dev/api/chat | {\"model\": \"default:latest\" } | {\"model\": \"qwen:1.5b\" } | default:latest",
                "/api/chat | {\"model\":\"dev/default\"} | {\"model\":\"qwen:1.5b\"} | dev/default",
                "/agents/dev/api/chat | {\"model\":\"\"} | {\"model\":\"qwen:1.5b\"} | qwen:1.5b",
                "/agents/dev/api/chat | {\"model\":null,\"a\":1} | {\"model\":\"qwen:1.5b\",\"a\":1} | qwen:1.5b",
                "/agents/dev/api/chat | {\"a\":1 } | {\"a\":1 ,\"model\":\"qwen:1.5b\"} | qwen:1.5b",
                "/agents/dev/v1/completions | { } | { \"model\":\"qwen:1.5b\"} | qwen:1.5b",
                "/agents/short/api/generate | {} | {\"model\":\"llama3.2:1b\"} | fast:latest",
                "/agents/dev/api/chat | {\"model\":\"fast\"} | {\"model\":\"llama3.2:1b\"} | fast",
                "/agents/dev/api/chat | {\"model\":\"llama3.2:1b\"} | {\"model\":\"llama3.2:1b\"} | llama3.2:1b",
                // pins
                "/agents/still/api/chat | {\"model\":\"mistral\"} | {\"model\":\"mistral\",\"options\":{\"num_ctx\":2048},\"think\":false,\"keep_alive\":\"30m\"} | mistral",
                "/agents/still/api/chat | {} | {\"model\":\"qwen:1.5b\",\"options\":{\"num_ctx\":2048},\"think\":false,\"keep_alive\":\"30m\"} | qwen:1.5b",
                "/agents/still/api/generate | {\"keep_alive\": -1,\"think\":\"high\" ,\"options\":{\"num_ctx\":9},\"model\":\"mistral\"} | {\"keep_alive\": \"30m\",\"think\":false ,\"options\":{\"num_ctx\":2048},\"model\":\"mistral\"} | mistral",
                "/agents/still/api/embed | {\"model\":\"mistral\",\"think\":true,\"options\":{\"num_ctx\":2048}} | {\"model\":\"mistral\",\"think\":true,\"options\":{\"num_ctx\":2048},\"keep_alive\":\"30m\"} | mistral",
                "/agents/still/v1/chat/completions | {\"model\":\"mistral\",\"think\":true} | {\"model\":\"mistral\",\"think\":true} | mistral",
                "/agents/dev/api/chat | {\"model\":\"qwen:1.5b\",\"think\":true,\"keep_alive\":5} | {\"model\":\"qwen:1.5b\",\"think\":true,\"keep_alive\":5} | qwen:1.5b",
            })
    void whatAHostIsAsked_andWhatTheClientHears(String path, String sent, String got, String heard) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, AGENTS, backend)) {
            RawClient.Reply reply = post(server, path, sent);
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(backend.requests().get(0).bodyText()).isEqualTo(got);
            assertThat(model(reply.text())).isEqualTo(heard);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/agents/dev/api/chat | mistral | {\"error\":\"model 'mistral' not found\"}",
                "/agents/dev/api/chat | loud | {\"error\":\"model 'loud' not found\"}",
                "/api/chat | dev/mistral | {\"error\":\"model 'dev/mistral' not found\"}",
                "/api/generate | mistral:dev | {\"error\":\"model 'mistral:dev' not found\"}",
                "/agents/dev/api/show | mistral | {\"error\":\"model 'mistral' not found\"}",
                "/agents/dev/api/embed | mistral | {\"error\":\"model \\\"mistral\\\" not found, try pulling it first\"}",
                "/agents/dev/v1/chat/completions | mistral | {\"error\":{\"message\":\"model 'mistral' not found\",\"type\":\"api_error\",\"param\":null,\"code\":null}}",
            })
    void anotherModel_isNotThere(String path, String model, String text) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, AGENTS, backend)) {
            RawClient.Reply reply = post(server, path, "{\"model\":\"" + model + "\"}");
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.text().strip()).isEqualTo(text);
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("no_such_model");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void listings_holdTheAgentsModelsOnly() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.tiers(loops, AGENTS, backend)) {
            for (String path : new String[] {"/api/tags", "/api/ps", "/v1/models"}) {
                assertThat(RawClient.get(server.port(), path).text())
                        .contains("\"mistral:latest\"", "\"qwen:1.5b\"", "\"llama3.2:1b\"");
                assertThat(RawClient.get(server.port(), "/agents/dev" + path).text())
                        .contains("\"qwen:1.5b\"", "\"llama3.2:1b\"")
                        .doesNotContain("mistral", "loud");
            }
            assertThat(RawClient.get(server.port(), "/agents/dev/v1/models/mistral")
                            .status())
                    .isEqualTo(404);
            assertThat(RawClient.get(server.port(), "/v1/models/dev/mistral").status())
                    .isEqualTo(404);
            assertThat(RawClient.get(server.port(), "/agents/dev/v1/models/default")
                            .text())
                    .contains("\"id\":\"default\"");
            assertThat(RawClient.get(server.port(), "/v1/models/mistral").status())
                    .isEqualTo(200);
        }
    }
}

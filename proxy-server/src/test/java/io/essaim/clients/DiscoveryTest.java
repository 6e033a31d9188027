package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.Capture;
import io.essaim.testing.RawClient;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What clients ask before their first question, as it was recorded, and what they need to find in the answers: Zed and Copilot refuse a
 * list in which one field is missing or of another type, and some turn a provider off at its first 401.
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class DiscoveryTest {
    private static final JsonMapper JSON = new JsonMapper();
    /** The oldest Ollama that Copilot takes. */
    private static final List<Integer> OLDEST = List.of(0, 6, 4);

    @Parameter
    int loops;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openclaw-discovery",
                "openclaw-onboard",
                "codex-responses",
                "codex-responses-path-prefix",
                "claude-code-messages"
            })
    void theClient_findsWhatItLooksFor(String file) throws Exception {
        List<Capture> captures = Capture.all().stream()
                .filter(capture -> capture.name().startsWith(file + ".jsonl:"))
                .toList();
        assertThat(captures).hasSizeGreaterThan(1);
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            for (Capture capture : captures) {
                replay(fleet, capture);
            }
        }
    }

    private static void replay(SmallFleet fleet, Capture capture) throws IOException {
        try (RawClient client = new RawClient(fleet.port())) {
            boolean head = capture.method().equals("HEAD");
            RawClient.Reply reply = client.send(capture.bytes()).read(head);
            assertThat(reply.status()).as(capture.name()).isNotEqualTo(401);
            if (head) {
                assertThat(reply.status()).as(capture.name()).isIn(200, 404);
                // A body after HEAD would be taken for the next answer on the connection.
                RawClient.Reply next = client.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .read();
                assertThat(next.status()).as("after %s", capture.name()).isEqualTo(200);
                return;
            }
            assertThat(reply.status())
                    .as("%s: %s", capture.name(), reply.text())
                    .isEqualTo(200);
            assertThat(reply.complete()).as(capture.name()).isTrue();
            check(capture, reply);
        }
    }

    private static void check(Capture capture, RawClient.Reply reply) {
        String path = capture.url().replaceFirst("^/agents/[^/]+", "").replaceFirst("\\?.*", "");
        switch (path) {
            case "/api/tags" -> tags(json(capture, reply));
            case "/api/show" -> show(capture.model(), json(capture, reply));
            case "/api/version" -> version(json(capture, reply));
            case "/v1/models" -> models(json(capture, reply));
            case "/api/chat" -> {
                assertThat(reply.field("Content-Type")).isEqualTo("application/x-ndjson");
                String[] lines = reply.text().split("\n");
                for (String line : lines) {
                    chatLine(capture.model(), JSON.readTree(line));
                }
                JsonNode last = JSON.readTree(lines[lines.length - 1]);
                assertThat(last.path("done").asBoolean()).isTrue();
                assertThat(last.path("eval_duration").isIntegralNumber()).isTrue();
            }
            case "/v1/responses" -> stream(reply, "event: response.completed\n");
            case "/v1/messages" -> stream(reply, "event: message_stop\n");
            default -> throw new AssertionError("no rule for " + path);
        }
    }

    private static JsonNode json(Capture capture, RawClient.Reply reply) {
        assertThat(reply.field("Content-Type")).as(capture.name()).startsWith("application/json");
        return JSON.readTree(reply.text());
    }

    private static void tags(JsonNode body) {
        assertThat(body.path("models").isArray()).isTrue();
        assertThat(body.path("models").values())
                .extracting(row -> row.path("name").asString())
                .contains("llama3.2:latest", "qwen3:8b", "endless:latest");
        for (JsonNode row : body.path("models").values()) {
            strings(row, "name", "model", "modified_at", "digest");
            assertThat(row.path("model")).isEqualTo(row.path("name"));
            assertThat(OffsetDateTime.parse(row.path("modified_at").asString())).isNotNull();
            assertThat(row.path("size").isIntegralNumber())
                    .as("size of %s", row)
                    .isTrue();
            assertThat(row.path("size").asLong()).isPositive();
            details(row.path("details"));
        }
    }

    private static void details(JsonNode details) {
        assertThat(details.isObject()).isTrue();
        strings(details, "format", "family", "parameter_size", "quantization_level");
        assertThat(details.path("families").isArray()).isTrue();
        assertThat(details.path("parent_model").isString()).isTrue();
    }

    private static void strings(JsonNode object, String... names) {
        for (String name : names) {
            assertThat(object.path(name).isString())
                    .as("%s of %s", name, object)
                    .isTrue();
            assertThat(object.path(name).asString())
                    .as("%s of %s", name, object)
                    .isNotEmpty();
        }
    }

    private static void show(String model, JsonNode body) {
        assertThat(body.path("capabilities").isArray()).as(model).isTrue();
        assertThat(body.path("capabilities").values())
                .as(model)
                .allMatch(JsonNode::isString)
                .extracting(JsonNode::asString)
                .contains("completion", "tools");
        JsonNode info = body.path("model_info");
        strings(info, "general.architecture");
        JsonNode context = info.path(info.path("general.architecture").asString() + ".context_length");
        assertThat(context.isIntegralNumber()).as("context length of %s", model).isTrue();
        assertThat(context.asLong()).isPositive();
        details(body.path("details"));
        strings(body, "template", "modified_at");
    }

    private static void version(JsonNode body) {
        String version = body.path("version").asString();
        assertThat(version).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
        String[] parts = version.split("\\.");
        int order = 0;
        for (int i = 0; i < parts.length && order == 0; i++) {
            order = Integer.compare(Integer.parseInt(parts[i]), OLDEST.get(i));
        }
        assertThat(order).as("%s is not older than %s", version, OLDEST).isNotNegative();
    }

    private static void models(JsonNode body) {
        assertThat(body.path("object").asString()).isEqualTo("list");
        assertThat(body.path("data").values())
                .extracting(row -> row.path("id").asString())
                .contains("llama3.2:latest", "endless:latest");
        for (JsonNode row : body.path("data").values()) {
            strings(row, "id", "object", "owned_by");
            assertThat(row.path("created").isIntegralNumber()).isTrue();
        }
    }

    private static void chatLine(String model, JsonNode line) {
        assertThat(line.path("model").asString()).isEqualTo(model);
        strings(line, "created_at");
        assertThat(line.path("message").path("role").asString()).isEqualTo("assistant");
        assertThat(line.path("message").path("content").isString())
                .as("%s", line)
                .isTrue();
        assertThat(line.path("done").isBoolean()).as("%s", line).isTrue();
    }

    private static void stream(RawClient.Reply reply, String lastEvent) {
        assertThat(reply.field("Content-Type")).startsWith("text/event-stream");
        String text = reply.text();
        assertThat(text).contains(lastEvent).endsWith("\n\n");
        assertThat(text.indexOf("event: ", text.indexOf(lastEvent) + 1))
                .as("nothing after %s", lastEvent)
                .isNegative();
    }
}

package io.essaim.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Operation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Where an answer can be continued: what is put in there reads as the client's request with the beginning of its answer. */
class PrefillTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String HI = "{\"role\":\"user\",\"content\":\"hi\"}";

    private static @Nullable Prefill find(Operation operation, String body) {
        byte[] bytes = ("xx" + body + "yy").getBytes(StandardCharsets.UTF_8);
        return Prefill.find(bytes, 2, bytes.length - 4, operation);
    }

    private static String with(String body, int at, String more) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new String(bytes, 0, at, StandardCharsets.UTF_8)
                + more
                + new String(bytes, at, bytes.length - at, StandardCharsets.UTF_8);
    }

    @Test
    void aChat_getsAMessageBehindItsLast_whateverElseStandsThere() throws Exception {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            ObjectNode request = JSON.createObjectNode().put("model", "m");
            ArrayNode messages = request.putArray("messages");
            for (int i = random.nextInt(3); i >= 0; i--) {
                ObjectNode message = messages.addObject();
                message.put("content", "é\"]}, {\"role\":\\ €".substring(random.nextInt(8)));
                message.put("role", i > 0 && random.nextBoolean() ? "assistant" : "user");
            }
            if (random.nextBoolean()) {
                request.putArray("tools").addObject().putObject("messages").put("role", "x");
            }
            String body = random.nextBoolean() ? request.toString() : request.toPrettyString();
            Prefill found = find(Operation.CHAT, body);
            assertThat(found).as("seed %d: %s", seed, body).isNotNull();
            assertThat(found.place()).isEqualTo(Prefill.Place.MESSAGE);
            JsonNode read = JSON.readTree(with(body, found.at(), "," + HI));
            ((ArrayNode) request.path("messages")).add(JSON.readTree(HI));
            assertThat(read).as("seed %d: %s", seed, body).isEqualTo(request);
        }
    }

    @Test
    void aBeginningThatTheClientWrote_goesOnWithinItsOwnMessage() throws Exception {
        String body = "{\"messages\":[" + HI + ",{\"role\":\"Assistant\",\"content\":\"Hello, \\\"dear\\\"\"} ]}";
        Prefill found = find(Operation.CHAT, body);
        assertThat(found).isNotNull();
        assertThat(found.place()).isEqualTo(Prefill.Place.TEXT);
        assertThat(JSON.readTree(with(body, found.at(), " friend"))
                        .path("messages")
                        .path(1)
                        .path("content")
                        .asString())
                .isEqualTo("Hello, \"dear\" friend");
    }

    @Test
    void aRawPrompt_goesOnWhereItEnds() throws Exception {
        String body = "{\"raw\":true,\"prompt\":\"Once\",\"images\":null,\"suffix\":\"\",\"context\":null}";
        Prefill found = find(Operation.GENERATE, body);
        assertThat(found).isNotNull();
        assertThat(JSON.readTree(with(body, found.at(), " upon")).path("prompt").asString())
                .isEqualTo("Once upon");
    }

    @Test
    void theBoundsOfTheLength_areFoundWhereTheApiReadsThem() {
        String options = "\"options\":{\"num_predict\":5,\"num_ctx\":8,\"num_predict\":12}";
        String body = "{\"messages\":[" + HI + "],\"max_tokens\":7," + options + "}";
        int at = body.indexOf("12");
        assertThat(find(Operation.CHAT, body).limits())
                .isEqualTo(List.of(new Prefill.Limit(new ByteSpan(at, at + 2), 12)));
        int max = body.indexOf("7");
        assertThat(find(Operation.V1_CHAT, body).limits())
                .isEqualTo(List.of(new Prefill.Limit(new ByteSpan(max, max + 1), 7)));
        assertThat(find(Operation.CHAT, body.replace("12", "-1")).limits()).isEmpty();
        assertThat(find(Operation.CHAT, body.replace(options, "\"options\":null"))
                        .limits())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"messages\":null}",
                "{\"messages\":[]}",
                "{\"messages\":[ ]}",
                "{\"messages\":[3]}",
                "{\"messages\":[{\"content\":\"hi\"}]}",
                "{\"messages\":[{\"role\":7,\"content\":\"hi\"}]}",
                "{\"messages\":[{\"role\":\"assistant\"}]}",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]}",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\",\"tool_calls\":[{}]}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"Role\":\"assistant\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"Messages\":[]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"messages\":[]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"format\":\"json\"}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"format\":{\"type\":\"object\"}}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_object\"}}",
            })
    void whatCannotBeContinued_isLeft(String body) {
        assertThat(find(Operation.CHAT, body)).isNull();
        assertThat(find(Operation.V1_CHAT, body)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"prompt\":\"Once\"}",
                "{\"prompt\":\"Once\",\"raw\":false}",
                "{\"prompt\":\"\",\"raw\":true}",
                "{\"prompt\":\"Once\",\"raw\":true,\"suffix\":\"end\"}",
                "{\"prompt\":\"Once\",\"raw\":true,\"template\":\"t\"}",
                "{\"prompt\":\"Once\",\"raw\":true,\"context\":[1]}",
                "{\"prompt\":\"Once\",\"raw\":true,\"RAW\":false}",
            })
    void promptsThatAreNotTheModelsOwnInput_areLeft(String body) {
        assertThat(find(Operation.GENERATE, body)).isNull();
    }

    @Test
    void otherApis_areLeft() {
        String body = "{\"messages\":[" + HI + "],\"raw\":true,\"prompt\":\"a\"}";
        Set<Operation> can = Set.of(Operation.CHAT, Operation.GENERATE, Operation.V1_CHAT, Operation.V1_MESSAGES);
        for (Operation operation : Operation.values()) {
            assertThat(find(operation, body) != null).as(operation.name()).isEqualTo(can.contains(operation));
        }
    }

    @Test
    void whatTheClientBeganInBlocks_isLeft() {
        String blocks = "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}";
        assertThat(find(Operation.V1_MESSAGES, "{\"messages\":[" + HI + "," + blocks + "]}"))
                .isNull();
    }
}

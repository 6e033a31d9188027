package io.essaim.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.api.Operation;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The scan finds in a body what a JSON parser finds, wherever it stands, and refuses what could be read in two ways. */
class BodyScanTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static RequestFields scan(String text) throws InvalidBody {
        byte[] bytes = ("xx" + text + "yy").getBytes(StandardCharsets.UTF_8);
        return BodyScan.scan(bytes, 2, bytes.length - 4, Operation.CHAT);
    }

    @Test
    void generatedBodies_areReadAsJacksonReadsThem_andSplicedWithoutTouchingAnotherByte() throws Exception {
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            String model = word(random);
            boolean stream = random.nextBoolean();
            String body = body(random, model, stream);
            RequestFields fields = scan(body);
            JsonNode read = JSON.readTree(body);
            assertThat(fields.model())
                    .as("seed %d: %s", seed, body)
                    .isEqualTo(read.path("model").asString());
            assertThat(fields.stream())
                    .as("seed %d: %s", seed, body)
                    .isEqualTo(read.path("stream").asBoolean());
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            String spliced = new String(
                            bytes, 0, Objects.requireNonNull(fields.modelAt()).from(), StandardCharsets.UTF_8)
                    + new String(BodyScan.nameValue("other:1b"), StandardCharsets.UTF_8)
                    + new String(
                            bytes,
                            fields.modelAt().to(),
                            bytes.length - fields.modelAt().to(),
                            StandardCharsets.UTF_8);
            JsonNode changed = JSON.readTree(spliced);
            assertThat(changed.path("model").asString()).as("seed %d", seed).isEqualTo("other:1b");
            ((tools.jackson.databind.node.ObjectNode) changed)
                    .put("model", read.path("model").asString());
            assertThat(changed).as("seed %d: nothing else changed", seed).isEqualTo(read);
        }
    }

    @Test
    void spoiltBodies_areRefused_orReadAsJacksonReadsThem() throws Exception {
        int agreed = 0;
        int refused = 0;
        String poison = "\"{}[]:,\\\n\t 0tn\u00e9\u0001";
        for (int seed = 0; seed < 6000; seed++) {
            Random random = new Random(seed);
            StringBuilder spoilt = new StringBuilder(body(random, word(random), true));
            for (int i = 1 + random.nextInt(2); i > 0; i--) {
                int at = random.nextInt(spoilt.length());
                if (random.nextBoolean()) {
                    spoilt.deleteCharAt(at);
                } else {
                    spoilt.insert(at, poison.charAt(random.nextInt(poison.length())));
                }
            }
            String body = spoilt.toString();
            try {
                RequestFields fields = scan(body);
                JsonNode read = JSON.readTree(body);
                assertThat(read.isObject()).as("seed %d: %s", seed, body).isTrue();
                assertThat(fields.model() == null ? "" : fields.model())
                        .as("seed %d: %s", seed, body)
                        .isEqualTo(read.path("model").asString(""));
                agreed++;
            } catch (InvalidBody e) {
                assertThat(e.text()).as("seed %d", seed).isNotEmpty();
                refused++;
            } catch (JacksonException e) {
                throw new AssertionError("seed " + seed + ": we read what is no JSON: " + body, e);
            }
        }
        assertThat(agreed).as("the test compares something").isGreaterThan(300);
        assertThat(refused).as("the test spoils something").isGreaterThan(300);
    }

    private static String body(Random random, String model, boolean stream) {
        StringBuilder out = new StringBuilder(space(random)).append('{');
        int before = random.nextInt(4);
        int between = random.nextInt(4);
        members(random, before, out);
        out.append("\"model\"").append(space(random)).append(':').append(space(random));
        out.append('"').append(model).append("\",");
        members(random, between, out);
        out.append("\"stream\":").append(stream).append(space(random)).append('}');
        return out.append(space(random)).toString();
    }

    private static void members(Random random, int count, StringBuilder out) {
        for (int i = 0; i < count; i++) {
            out.append("\"k").append(random.nextInt(1_000_000)).append("\":");
            value(random, 0, out);
            out.append(space(random)).append(',');
        }
    }

    private static void value(Random random, int depth, StringBuilder out) {
        switch (random.nextInt(depth > 5 ? 5 : 7)) {
            case 0 -> out.append(random.nextInt(2000) - 1000);
            case 1 -> out.append(random.nextDouble());
            case 2 -> out.append(new String[] {"true", "false", "null"}[random.nextInt(3)]);
            case 3, 4 -> text(random, out);
            case 5 -> {
                out.append('[');
                int count = random.nextInt(4);
                for (int i = 0; i < count; i++) {
                    value(random, depth + 1, out.append(i == 0 ? "" : ","));
                }
                out.append(']');
            }
            default -> {
                out.append('{');
                int count = random.nextInt(4);
                for (int i = 0; i < count; i++) {
                    // A model inside is not the request's.
                    out.append(i == 0 ? "" : ",").append(i == 0 ? "\"model\":" : "\"n" + i + "\":");
                    value(random, depth + 1, out);
                }
                out.append('}');
            }
        }
    }

    private static void text(Random random, StringBuilder out) {
        String[] bits = {
            "a",
            "bee",
            "\\\"",
            "\\\\",
            "\\n",
            "\\u00e9",
            "\\ud83d\\udc1d",
            "\u00e9",
            "\u4e2d",
            "\ud83d\udc1d",
            "{",
            "}",
            ":",
            "\\\"model\\\":\\\"x\\\"",
            "and a longer run of plain text without anything in it "
        };
        out.append('"');
        for (int i = random.nextInt(8); i > 0; i--) {
            out.append(bits[random.nextInt(bits.length)]);
        }
        out.append('"');
    }

    private static String word(Random random) {
        StringBuilder out = new StringBuilder();
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            out.append((char) ('a' + random.nextInt(26)));
        }
        return out.append(random.nextBoolean() ? ":1b" : "").toString();
    }

    private static String space(Random random) {
        return new String[] {"", "", " ", "\n", "\r\n\t"}[random.nextInt(5)];
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"a\",\"model\":\"b\"}",
                "{\"model\":\"a\",\"MODEL\":\"b\"}",
                "{\"Model\":\"a\"}",
                "{\"model\":\"a\",\"\\u006dodel\":\"b\"}",
                "{\"model\":\"a\",\"\u017ftream\":false}",
                "{\"model\":\"a\",\"stream\":true,\"Stream\":false}",
                "{\"model\":\"a\"}{\"model\":\"b\"}",
                "{\"model\":\"a\"} x",
                "{\"model\":1}",
                "{\"model\":\"a\",\"stream\":\"yes\"}",
                "[\"model\"]",
                "null",
                "",
                "{\"model\":\"a\"",
                "{\"model\":\"a\",}",
                "{'model':'a'}",
                "{\"model\":\"a\nb\"}",
                "\ufeff{\"model\":\"a\"}"
            })
    void whatOllamaCouldReadDifferently_isRefused(String body) {
        assertThatThrownBy(() -> scan(body)).isInstanceOf(InvalidBody.class);
    }

    @Test
    void depthIsBounded() {
        String deep = "{\"model\":\"a\",\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThatThrownBy(() -> scan(deep)).isInstanceOf(InvalidBody.class);
    }
}

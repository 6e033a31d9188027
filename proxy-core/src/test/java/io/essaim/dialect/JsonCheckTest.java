package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/** What is taken for JSON, compared with Jackson's parser. */
class JsonCheckTest {
    private static final long SEED = 20261201;
    private static final String SEEDS =
            "{\"a\":[1,-0.5e+3,true,null,\"x\\u00e9\\n\\\"\"],\"é漢\ud83d\ude00\":{\"b\":{}},\"c\":[[],\"\"]}";

    @Test
    void agreesWithJackson_onDocumentsWithAFewOtherBytes() {
        Random random = new Random(SEED);
        byte[] good = SEEDS.getBytes(StandardCharsets.UTF_8);
        String bytes = "{}[]\",:\\u0019eE+-. \tntfx\u0001\u0000";
        int taken = 0;
        for (int i = 0; i < 60_000; i++) {
            byte[] some = good.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                some[random.nextInt(some.length)] = (byte) bytes.charAt(random.nextInt(bytes.length()));
            }
            boolean mine = JsonCheck.check(some, 0, some.length) == JsonCheck.Finding.GOOD;
            String text = new String(some, StandardCharsets.UTF_8);
            assertThat(mine).as("seed %d, document %d: %s", SEED, i, text).isEqualTo(wholeUtf8(some) && jackson(some));
            taken += mine ? 1 : 0;
        }
        assertThat(taken).isBetween(1000, 59_000);
    }

    private static boolean wholeUtf8(byte[] bytes) {
        return java.util.Arrays.equals(
                new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
    }

    private static boolean jackson(byte[] json) {
        try {
            return !GoJsonObject.MAPPER.readTree(json).isMissingNode();
        } catch (JacksonException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00c0\u00af", "\u00ed\u00a0\u0080", "\u00f4\u0090\u0080\u0080", "\u0080", "\u00e2\u0082"})
    void refusesWhatIsNotUtf8(String bytes) {
        byte[] json = ("\"" + bytes + "\"").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(JsonCheck.check(json, 0, json.length)).isEqualTo(JsonCheck.Finding.BAD);
    }

    @Test
    void depthAndWidthAreBounded() {
        assertThat(check("[".repeat(200) + "]".repeat(200))).isEqualTo(JsonCheck.Finding.GOOD);
        assertThat(check("[".repeat(201) + "]".repeat(201))).isEqualTo(JsonCheck.Finding.BAD);
        assertThat(check("[".repeat(10_000_000))).isEqualTo(JsonCheck.Finding.BAD);
        String member = "\"a\":1";
        assertThat(check("{" + (member + ",").repeat(JsonCheck.MOST_MEMBERS - 1) + member + "}"))
                .isEqualTo(JsonCheck.Finding.GOOD);
        assertThat(check("{" + (member + ",").repeat(JsonCheck.MOST_MEMBERS) + member + "}"))
                .isEqualTo(JsonCheck.Finding.TOO_WIDE);
    }

    private static JsonCheck.Finding check(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return JsonCheck.check(bytes, 0, bytes.length);
    }
}

package io.essaim.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class ObjectScanTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static ObjectScan scan(String text) {
        ObjectScan scan = new ObjectScan("done");
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (!scan.process(b)) {
                break;
            }
        }
        return scan;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"done\":true}",
                " {\"a\":[1,{\"b\":[]},\"\\\"\\\\\"],\"done\" : false }\r\n",
                "{\"x\":-1.5e+3,\"y\":null,\"z\":{},\"done\":{\"a\":\"}\"}}"
            })
    void oneObject(String text) {
        assertThat(scan(text).whole()).isTrue();
        assertThat(scan(text).found()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]", "1", "\"done\"", "<html>", "{\"done\":true}}", "{\"done\":true}x", "{\"done\":true}{}", "{,}",
                        "{\"a\"}",
                "{\"a\":}", "{\"a\":1,}", "{\"a\":[1,]}", "{\"a\":[}", "{\"a\":1]", "{\"a\" \"b\"}", "{\"a\":1 2}",
                        "{a:1}", "{{}}"
            })
    void noObject(String text) {
        assertThat(scan(text).broken()).as(text).isTrue();
        assertThat(scan(text).whole()).as(text).isFalse();
    }

    @Test
    void aMemberFurtherIn_orInText_isNotOfTheObject() {
        assertThat(scan("{\"a\":{\"done\":true},\"b\":\"\\\"done\\\":true\",\"c\":[\"done\"]}")
                        .found())
                .isFalse();
    }

    @Test
    void nestingIsBounded() {
        assertThat(scan("{\"a\":" + "[".repeat(20_000)).broken()).isTrue();
    }

    /** It takes what a parser takes, and of damaged objects nothing that a parser refuses for its structure. */
    @Test
    void damagedObjects_areNotWhole() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String good = "{\"a\":[1,{\"b\":\"x\\\"y\"},[],null],\"done\":true,\"c\":{\"d\":[[\"e\"]]}}";
        for (int i = 0; i < 20_000; i++) {
            int at = random.nextInt(good.length());
            String bad = random.nextBoolean()
                    ? good.substring(0, at)
                    : good.substring(0, at) + "{}[]\",:".charAt(random.nextInt(7)) + good.substring(at);
            boolean parses = parses(bad);
            assertThat(scan(bad).whole()).as("seed %s: %s", seed, bad).isEqualTo(parses);
        }
    }

    private static boolean parses(String text) {
        try {
            return JSON.readTree(text).isObject();
        } catch (JacksonException e) {
            return false;
        }
    }

    @Test
    void largeOnes_areReadInPlace() {
        ObjectScan scan = new ObjectScan("done");
        byte[] part = "\"aaaaaaaa\",".getBytes(StandardCharsets.UTF_8);
        scan.process((byte) '{');
        for (byte b : "\"done\":[".getBytes(StandardCharsets.UTF_8)) {
            scan.process(b);
        }
        for (int i = 0; i < 100_000; i++) {
            var buffer = Unpooled.wrappedBuffer(part);
            assertThat(buffer.forEachByte(0, part.length, scan)).isEqualTo(-1);
        }
        assertThat(scan.broken()).isFalse();
        assertThat(scan.whole()).isFalse();
    }
}

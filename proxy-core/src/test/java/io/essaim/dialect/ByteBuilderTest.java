package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Json;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteBuilderTest {
    private static final long SEED = 20261123;

    @Test
    void quotesAsTheRestOfTheProxyDoes() {
        Random random = new Random(SEED);
        int[] points = {
            'a', '"', '\\', '<', '>', '&', 0, 7, '\b', '\f', '\n', '\r', '\t', 0x1f, 0x7f, 0x85, 0xe9, 0x2028, 0x2029,
            0xd800, 0xdc00, 0xfffd, 0x1f600
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                text.appendCodePoint(points[random.nextInt(points.length)]);
            }
            assertThat(new ByteBuilder().quote(text.toString()).toString())
                    .as("seed %d, text %d", SEED, i)
                    .isEqualTo(Json.quote(text.toString()));
        }
    }

    @Test
    void writesNumbers() {
        for (long n : new long[] {0, 7, 10, 99, 100, -1, -10, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(new ByteBuilder().number(n)).hasToString(Long.toString(n));
        }
    }

    @Test
    void lettingGoKeepsNoLargeArray() {
        ByteBuilder bytes = new ByteBuilder();
        bytes.raw(new byte[1 << 20]).clear();
        assertThat(bytes.array().length).isLessThan(1 << 17);
        assertThat(bytes.length()).isZero();
    }
}

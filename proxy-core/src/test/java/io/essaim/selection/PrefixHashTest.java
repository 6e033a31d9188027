package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixHashTest {
    private static PrefixHash fresh() {
        return new PrefixHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    }

    /** Bytes 0, 1, 2, ... as key and as message; made with a plain Python one that gives the vector of the paper for 2-4. */
    @ParameterizedTest
    @CsvSource({"0, dcc40f055801acab", "1, 93ca577df39bf4c9", "8, 8e9a298d11959036", "15, 5699512a6dd820d3"})
    void isSipHash13(int length, String littleEndian) {
        byte[] message = new byte[length];
        for (int i = 0; i < length; i++) {
            message[i] = (byte) i;
        }
        long expected = Long.reverseBytes(Long.parseUnsignedLong(littleEndian, 16));
        assertThat(fresh().with(message, 0, length)).isEqualTo(expected);
    }

    @Test
    void doesNotDependOnWhereItPaused() {
        byte[] bytes = new byte[500];
        new Random(1).nextBytes(bytes);
        long whole = fresh().with(bytes, 0, 500);
        Set<Long> all = new HashSet<>();
        for (int pause = 0; pause < 500; pause += 8) {
            PrefixHash hash = fresh();
            hash.absorb(bytes, 0, pause);
            all.add(hash.with(bytes, 0, 0));
            assertThat(hash.with(bytes, pause, 500 - pause)).isEqualTo(whole);
            assertThat(hash.with(bytes, pause, 500 - pause))
                    .as("looking changes nothing")
                    .isEqualTo(whole);
            assertThat(hash.absorbed()).isEqualTo(pause);
        }
        assertThat(all).hasSize(63);
    }
}

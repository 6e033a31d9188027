package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {
    private static final KeyHash ONE = KeyHash.of("one");
    private static final KeyHash TWO = KeyHash.of("two");
    private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

    @Test
    void aKeyHoldsForEver_orUntilItsTime() throws Exception {
        List<ClientKey> keys =
                KeyFile.read("# for HR\n\n" + ONE + "  # laptop\r\n\t" + TWO + "  until   " + NOON + " #\n");
        assertThat(keys).containsExactly(new ClientKey(ONE, null), new ClientKey(TWO, NOON));
        assertThat(keys.get(0).holds(Instant.MAX)).isTrue();
        assertThat(keys.get(1).holds(NOON.minusNanos(1))).isTrue();
        assertThat(keys.get(1).holds(NOON)).isFalse();
        assertThat(keys).asString().doesNotContain("sha256");
        assertThat(KeyFile.read("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NOT-TO-BE-SHOWN",
                "sha256:NOT-TO-BE-SHOWN",
                "HASH NOT-TO-BE-SHOWN",
                "HASH until",
                "HASH until NOT-TO-BE-SHOWN",
                "HASH until 2026-12-01",
                "HASH until 2026-12-01T12:00:00Z NOT-TO-BE-SHOWN"
            })
    void whatIsNoHash_isNamedByItsLine_andNotShown(String line) {
        String text = "# first\n" + line.replace("HASH", TWO.toString()) + "\n" + ONE + "\n";
        KeyFile.Fault fault = catchThrowableOfType(KeyFile.Fault.class, () -> KeyFile.read(text));
        assertThat(fault).hasMessageStartingWith("line 2 ");
        assertThat(fault.getMessage()).doesNotContain("NOT-TO-BE-SHOWN").doesNotContain(TWO.toString());
    }

    @Test
    void theSameHashTwice_couldMeanEither() {
        assertThat(catchThrowableOfType(KeyFile.Fault.class, () -> KeyFile.read(ONE + "\n" + ONE + " until " + NOON)))
                .hasMessage("line 2 repeats a hash");
    }

    @Test
    void oneMore_letsTheOlderOnesEnd_andLeavesTheRestAsItIs() throws Exception {
        String text = "# for HR\n" + ONE + "   # laptop\n" + TWO + " until 2026-11-30T00:00:00Z # desk";
        KeyHash fresh = KeyHash.of("three");
        String rotated = KeyFile.rotated(text, fresh, NOON, "made today");
        assertThat(rotated)
                .isEqualTo("# for HR\n" + ONE + " until " + NOON + "  # laptop\n" + TWO
                        + " until 2026-11-30T00:00:00Z # desk\n" + fresh + "  # made today\n");
        assertThat(KeyFile.read(rotated))
                .containsExactly(
                        new ClientKey(ONE, NOON),
                        new ClientKey(TWO, Instant.parse("2026-11-30T00:00:00Z")),
                        new ClientKey(fresh, null));
        assertThat(KeyFile.rotated("", fresh, NOON, "made today")).isEqualTo(fresh + "  # made today\n");
    }
}

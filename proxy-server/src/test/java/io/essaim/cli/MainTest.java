package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    private static final String ESCAPE = "\u001b";

    @ParameterizedTest
    @ValueSource(strings = {"serve", "check", "models", "ps", "pull", "demo", "simulate", "health"})
    void everyCommandHasHelpAndVersion_withoutColourInAPipe(String command) {
        Said help = Said.by(command, "--help");
        assertThat(help.code()).isEqualTo(0);
        assertThat(help.out()).startsWith("Usage: essaim " + command).doesNotContain(ESCAPE);
        Said version = Said.by(command, "--version");
        assertThat(version.code()).isEqualTo(0);
        assertThat(version.out()).startsWith("essaim ");
    }

    @Test
    void withoutACommandItSaysWhatThereIs() {
        Said said = Said.by();
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out())
                .contains("serve", "check", "models", "ps", "pull", "demo", "simulate", "health")
                .doesNotContain("training");
    }

    @Test
    void aMisspeltOptionIsNamed() {
        Said said = Said.by("serve", "--bakend", "x");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains("--bakend", "Try 'essaim serve --help'.")
                .doesNotContain("\tat ");
    }

    @Test
    void aKeyIsForSimulatedCloudsOnly() {
        Said said = Said.by("simulate", "--port", "0", "--host-profile", "pi", "--api-key", "k");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err().lines())
                .containsExactly("--api-key: only a cloud asks for a key (use --host-profile cloud, not pi)");
    }
}

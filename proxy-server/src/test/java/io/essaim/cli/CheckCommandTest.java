package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("rules.json");
    }

    private Said check(String rules) throws IOException {
        Files.writeString(file, rules);
        return Said.by("check", file.toString());
    }

    @Test
    void whatIsWrongIsOneLineEach_withFileLineAndPath() throws Exception {
        Said said = check("""
                { "backends": { "dev2": { "url": "http://127.0.0.1:1" } },
                  "colour": "red",
                  "routes": [{ "models": ["*"], "tiers": [["dev"]] }] }
                """);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err().lines())
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).startsWith(file + ":2:3: colour: unknown key"),
                        line -> assertThat(line)
                                .startsWith(file + ":3:44: routes[0].tiers[0][0]: unknown backend \"dev\"")
                                .contains("did you mean \"dev2\"?"));
    }

    @Test
    void whatIsNoJsonIsNamedByItsPlace() throws Exception {
        Said said = check("{ \"backends\": {\n");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err().lines()).singleElement().asString().startsWith(file + ":2:1: not JSON: ");
    }

    @Test
    void aFileThatCannotBeReadIsNamedOnce() {
        Said missing = Said.by("check", file.toString());
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err().lines()).singleElement().asString().startsWith(file + ": there is no such file");
        Said noFile = Said.by("check", directory.toString());
        assertThat(noFile.code()).isEqualTo(2);
        assertThat(noFile.err()).isEqualTo(directory + ": cannot be read: Is a directory" + System.lineSeparator());
    }

    @Test
    void cloudsAreShown_andMissingKeysAsWarnings() throws Exception {
        Path here = Files.writeString(directory.resolve("here.key"), "k");
        Files.setPosixFilePermissions(here, PosixFilePermissions.fromString("rw-------"));
        Said said = check("""
                { "backends": {
                    "dev2": { "url": "http://127.0.0.1:1" },
                    "c1": { "url": "http://127.0.0.1:2/v1", "dialect": "openai", "apiKey": { "file": "here.key" } },
                    "c2": { "url": "http://127.0.0.1:3/v1", "dialect": "openai", "apiKey": { "file": "gone.key" } },
                    "c3": { "url": "http://127.0.0.1:4/v1", "dialect": "openai", "apiKey": { "env": "ESSAIM_NO_KEY" } },
                    "own": { "url": "http://127.0.0.1:5", "apiKey": { "env": "ESSAIM_NO_KEY" } } },
                  "routes": [{ "models": ["*"], "tiers": [["dev2", "own"]] }],
                  "agents": { "rssi": { "cloud": [{ "backend": "c1", "model": "m" }, { "backend": "c2", "model": "n" }] } } }
                """);
        assertThat(said.code()).as(said.err()).isEqualTo(0);
        assertThat(said.out()).contains("  rssi  local; clouds: c1 as m, c2 as n\n");
        assertThat(said.out().lines().filter(line -> line.startsWith("warning: ")))
                .containsExactly(
                        "warning: c2 is left out: its key file gone.key cannot be read",
                        "warning: c3 is left out: the variable ESSAIM_NO_KEY is not set",
                        "warning: own is asked without a key: the variable ESSAIM_NO_KEY is not set",
                        "warning: agent rssi may use clouds without a budget");
    }
}

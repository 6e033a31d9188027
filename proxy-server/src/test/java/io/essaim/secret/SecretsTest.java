package io.essaim.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.config.SecretSource;
import io.essaim.secret.Secrets.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {
    private static final SecretSource FILE = new SecretSource.File("a.key");

    @TempDir
    Path directory;

    private Path write(String text, String mode) throws IOException {
        Path file = Files.writeString(directory.resolve("a.key"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static String text(Found found) {
        return found instanceof Found.Key key ? key.text() : ((Found.Missing) found).why();
    }

    @ParameterizedTest
    @CsvSource({
        "rw-------, the-key",
        "r--r-----, the-key",
        "rw-r--r--, its key file a.key can be read by others (chmod 600)",
        "rw----r--, its key file a.key can be read by others (chmod 600)"
    })
    void theOwnerAndTheGroupMayRead(String mode, String found) throws Exception {
        write("the-key\nmore\n", mode);
        try (Secrets secrets = new Secrets(directory)) {
            assertThat(text(secrets.find(FILE))).isEqualTo(found);
        }
    }

    @Test
    void whatIsKept_isReadByAnotherThread_andFollowsTheFile() throws Exception {
        Path file = write("one\n", "rw-------");
        try (Secrets secrets = new Secrets(directory)) {
            secrets.keep(List.of(FILE));
            assertThat(text(secrets.find(FILE))).isEqualTo("one");
            Files.writeString(file, "another\n");
            await().until(() -> text(secrets.find(FILE)).equals("another"));
            Files.delete(file);
            await().until(() -> secrets.find(FILE) instanceof Found.Missing);
            write("third\n", "rw-------");
            await().until(() -> text(secrets.find(FILE)).equals("third"));
        }
    }

    @Test
    void whatIsNotKept_isReadAtOnce() throws Exception {
        Path file = write("one\n", "rw-------");
        Secrets secrets = new Secrets(directory, Map.of("KEY", " two ")::get);
        secrets.keep(List.of(new SecretSource.File("b.key")));
        secrets.close();
        assertThat(text(secrets.find(FILE))).isEqualTo("one");
        Files.writeString(file, "another\n");
        assertThat(text(secrets.find(FILE))).isEqualTo("another");
        assertThat(text(secrets.find(new SecretSource.Env("KEY")))).isEqualTo("two");
        assertThat(text(secrets.find(new SecretSource.Env("NONE")))).isEqualTo("the variable NONE is not set");
    }
}

package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that the command makes work with a proxy that runs. */
class KeysCommandTest {
    private static final Pattern KEY = Pattern.compile("key for the client:  (es-[A-Za-z0-9_-]{43})\\n");
    private static final Pattern LINE = Pattern.compile("line for \"agents\":   (.+)\\n");
    private static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[]}";

    @TempDir
    Path directory;

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest")
                .plays(line ->
                        line.json("{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},"
                                + "\"done\":true}"));
    }

    private static int status(TestServer server, String key) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            return client.send("POST /agents/drh/api/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
                            + "\r\nContent-Length: " + CHAT.length() + "\r\n\r\n" + CHAT)
                    .read()
                    .status();
        }
    }

    @Test
    void theKeyThatIsPrinted_letsInWhoShowsIt() throws Exception {
        Said said = Said.by("keys", "new", "--agent", "drh");
        assertThat(said.code()).as(said.err()).isZero();
        String key = found(KEY, said.out());
        try (ScriptedBackend host = host();
                TestServer server = TestServer.tiers(1, ",\"agents\":{" + found(LINE, said.out()) + "}", host)) {
            assertThat(status(server, key)).isEqualTo(200);
            assertThat(status(server, key + "x")).isEqualTo(401);
            assertThat(status(server, found(KEY, Said.by("keys", "new").out()))).isEqualTo(401);
        }
    }

    @Test
    void oldAndNewKeysOverlap_withoutARestart() throws Exception {
        Path file = directory.resolve("drh.keys");
        String[] command = {"keys", "new", "--agent", "drh", "--file", file.toString()};
        Said first = Said.by(command);
        assertThat(first.code()).as(first.err()).isZero();
        String one = found(KEY, first.out());
        assertThat(first.out()).doesNotContain("sha256:", "older");
        assertThat(Files.readString(file)).doesNotContain(one);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        try (ScriptedBackend host = host();
                TestServer server = TestServer.tiers(
                        4, ",\"admin\":{\"port\":0},\"agents\":{" + found(LINE, first.out()) + "}", host)) {
            assertThat(status(server, one)).isEqualTo(200);
            assertThat(status(server, "none")).isEqualTo(401);
            assertThat(RawClient.get(server.server().adminPort(), "/status").text())
                    .contains("\"name\":\"drh\",\"needsKey\":true")
                    .doesNotContain("sha256:");

            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            String two = found(KEY, Said.by(command).out());
            await().until(() -> status(server, two) == 200);
            assertThat(status(server, one)).as("for a day more").isEqualTo(200);
            assertThat(Files.readAllLines(file).get(0)).contains(" until ");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");

            String three = found(
                    KEY,
                    Said.by("keys", "new", "--agent", "drh", "--file", file.toString(), "--overlap", "0s")
                            .out());
            await().until(() -> status(server, three) == 200);
            assertThat(status(server, two)).as("ended at once").isEqualTo(401);
            assertThat(status(server, one)).as("its day is not over").isEqualTo(200);
        }
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aFileThatIsNone_isLeftAsItIs_andNoKeyIsShown() throws Exception {
        Path file = Files.writeString(directory.resolve("notes.txt"), "es-in-clear\n");
        Said said = Said.by("keys", "new", "--agent", "drh", "--file", file.toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("notes.txt: line 1 is not sha256:").doesNotContain("in-clear");
        assertThat(said.out()).isEmpty();
        assertThat(Files.readString(file)).isEqualTo("es-in-clear\n");

        Files.writeString(file, "");
        Path other = Files.writeString(directory.resolve("notes.txt.new"), "");
        assertThat(Said.by("keys", "new", "--agent", "drh", "--file", file.toString())
                        .err())
                .contains("notes.txt.new: is there already: a key is being added");
        assertThat(other).exists();
        for (List<String> wrong : List.of(
                List.of("keys", "new", "--file", file.toString()),
                List.of("keys", "new", "--agent", "drh", "--file", file.toString(), "--overlap", "soon"),
                List.of("keys", "new", "--agent", "drh", "--file", file.toString(), "--overlap", "8761h"),
                List.of(
                        "keys",
                        "new",
                        "--agent",
                        "drh",
                        "--file",
                        directory.resolve("no/where").toString()))) {
            Said refused = Said.by(wrong.toArray(String[]::new));
            assertThat(refused.code()).as(wrong.toString()).isEqualTo(2);
            assertThat(refused.out()).isEmpty();
        }
    }

    @Test
    void checkTellsOfTheFile_andWarnsWhereItIsNoUse() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), """
                { "backends": { "a": { "url": "http://127.0.0.1:1" } }, "routes": [{ "models": ["*"], "tiers": [["a"]] }],
                  "agents": { "drh": { "keysFile": "drh.keys" } } }
                """);
        assertThat(Said.by("check", rules.toString()).out())
                .contains("drh  local only; needs a key, also of file drh.keys")
                .contains("warning: agent drh: its keys file drh.keys is not there; no key of it holds");
        Said.by(
                "keys",
                "new",
                "--agent",
                "drh",
                "--file",
                directory.resolve("drh.keys").toString());
        assertThat(Said.by("check", rules.toString()).out()).doesNotContain("warning");
    }
}

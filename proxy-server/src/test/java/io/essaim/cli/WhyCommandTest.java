package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WhyCommandTest {
    private static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[]}";

    @TempDir
    Path directory;

    private static final String ANSWER =
            "{\"model\":\"llama3.2\",\"done\":true,\"prompt_eval_count\":31,\"prompt_eval_duration\":1,"
                    + "\"eval_count\":42,\"eval_duration\":3500000000}\n";

    @Test
    void tellsOneRequest_andListsTheLatest() throws Exception {
        try (ScriptedBackend bad = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}"));
                ScriptedBackend good = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
                                + "Content-Length: " + ANSWER.length() + "\r\n\r\n" + ANSWER));
                TestServer server = TestServer.tiers(1, ",\"admin\":{\"port\":0}", bad, good)) {
            String id = RawClient.post(server.port(), "/api/chat", CHAT).field("X-Essaim-Route-Id");
            String admin = "http://127.0.0.1:" + server.server().adminPort();

            Said one = Said.by("why", id, "--admin", admin);
            assertThat(one.code()).as(one.err()).isZero();
            assertThat(one.out().lines().map(line -> line.replaceFirst("^ *[0-9.]+ ms +", "")))
                    .element(0)
                    .asString()
                    .contains("/api/chat", "model llama3.2");
            assertThat(one.out()
                            .lines()
                            .map(line -> line.replaceFirst("^ *[0-9.]+ ms +", ""))
                            .map(line -> line.replaceFirst("^after [0-9.]+ m?s for a slot: ", "")))
                    .contains(
                            "b1 is chosen, for llama3.2:latest, from tier 1",
                            "b2 is chosen, for llama3.2:latest, from tier 2",
                            "the answer begins",
                            "the answer is complete: 42 tokens, 12.0 a second, to a prompt of 31",
                            "ok")
                    .anyMatch(line -> line.startsWith("it fails (SERVER_ERROR): "));

            Said all = Said.by("why", "--admin", admin);
            assertThat(all.out().lines()).hasSize(2).anyMatch(line -> line.startsWith(id) && line.endsWith("ok"));

            Said none = Said.by("why", "0123", "--admin", admin);
            assertThat(none.code()).isEqualTo(2);
            assertThat(none.err()).startsWith("there is no such request");
        }
    }

    /** The host says how long it had the request, and how long it worked on it: the rest it spent on others. */
    @Test
    void tellsWhatWasWaitedInsideTheHost() throws Exception {
        String answer =
                ANSWER.replace("\"eval_count\"", "\"load_duration\":0,\"total_duration\":6000000001,\"eval_count\"");
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                + "Content-Length: " + answer.length() + "\r\n\r\n" + answer));
                TestServer server = TestServer.tiers(1, ",\"admin\":{\"port\":0}", host)) {
            String whole = CHAT.replace("[]", "[],\"stream\":false");
            String id = RawClient.post(server.port(), "/api/chat", whole).field("X-Essaim-Route-Id");
            Said one = Said.by(
                    "why", id, "--admin", "http://127.0.0.1:" + server.server().adminPort());
            assertThat(one.out())
                    .contains(
                            "42 tokens, 12.0 a second, to a prompt of 31; it waited 1.6 s inside the host, behind others");
        }
    }

    @Test
    void saysWhereNobodyAnswers_andWhatIsNoId() throws Exception {
        Path rules = Files.writeString(
                directory.resolve("rules.json"),
                "{\"backends\":{\"a\":{\"url\":\"http://127.0.0.1:1\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"a\"]]}]}");
        Said closed = Said.by("why", "--rules", rules.toString());
        assertThat(closed.code()).isEqualTo(2);
        assertThat(closed.err()).contains("\"admin\" is not in the rules");

        Said nobody = Said.by("why", "--admin", "http://127.0.0.1:1");
        assertThat(nobody.code()).isEqualTo(2);
        assertThat(nobody.err()).startsWith("no proxy answers at http://127.0.0.1:1");

        Said noId = Said.by("why", "../status", "--admin", "http://127.0.0.1:1");
        assertThat(noId.code()).isEqualTo(2);
        assertThat(noId.err()).startsWith("../status: this is no id");
    }
}

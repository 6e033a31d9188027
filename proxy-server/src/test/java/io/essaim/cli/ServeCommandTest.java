package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {
    private static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String TOKEN = "{\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n";

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --backend 127.0.0.1:1 --port 65536           | --port 65536: a port is 0 to 65535
                    --backend 127.0.0.1:1 --port 0 --loops 0     | --loops 0: event loops are 1 to 1024
                    --backend 127.0.0.1:1 --port 0 --transport x | --transport: no transport named x
                    --backend http://[ --port 0                  | --backend http://[: that is not a URL
                    --backend 127.0.0.1:1 --rules r.json         | --rules and --backend exclude each other
                    --rules nowhere/r.json                       | nowhere/r.json: there is no such file
                    """)
    void aWrongCommandLineIsOneClearLine(String options, String line) {
        Said said = Said.by(("serve " + options).split(" "));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err().lines()).singleElement().asString().startsWith(line);
    }

    @Test
    void aPortInUseIsOneClearLine() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            Said said = Said.by("serve", "--backend", "127.0.0.1:1", "--port", Integer.toString(port));
            assertThat(said.code()).isEqualTo(2);
            assertThat(said.err().lines())
                    .containsExactly("cannot listen on 127.0.0.1:" + port
                            + ": the port is in use (another Ollama or Essaim?); choose one with --port");
        }
    }

    @Test
    void backendsWithoutTheirKeyAreNamedAtTheStart() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), """
                { "listen": { "port": 0 },
                  "backends": {
                    "dev2": { "url": "http://127.0.0.1:1" },
                    "c1": { "url": "http://127.0.0.1:2/v1", "dialect": "openai", "apiKey": { "file": "gone.key" } },
                    "c2": { "url": "http://127.0.0.1:3/v1", "dialect": "openai", "apiKey": { "env": "NO_API_KEY" } } },
                  "routes": [{ "models": ["*"], "tiers": [["dev2"]] }] }
                """);
        try (Child child = Child.start(directory, "serve", "--rules", rules.toString())) {
            assertThat(RawClient.get(child.port(), "/").status()).isEqualTo(200);
            child.says("c1 is left out: its key file gone.key cannot be read");
            child.says("c2 is left out: the variable NO_API_KEY is not set");
            child.terminate();
            assertThat(child.exitCode()).isEqualTo(0);
            assertThat(child.err().lines().filter(line -> line.contains("left out")))
                    .hasSize(2);
        }
    }

    @Test
    void rulesThatAreOpenToEverybodyAreNotServed_norTakenUpLater() throws Exception {
        String closed = """
                { "listen": { "port": 0 }, "backends": { "dev2": { "url": "http://127.0.0.1:1" } },
                  "routes": [{ "models": ["*"], "tiers": [["dev2"]] }] }
                """;
        String open = closed.replace("\"port\": 0", "\"host\": \"0.0.0.0\", \"port\": 0, \"allow\": [\"0.0.0.0/0\"]");
        Path rules = Files.writeString(directory.resolve("rules.json"), open);
        Said said = Said.by("serve", "--rules", rules.toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains("not served: listen.allow lets every address in")
                .contains("--insecure");
        assertThat(Said.by("check", rules.toString()).out()).contains("warning: listen.allow lets every address in");

        Files.writeString(rules, closed);
        try (Child child = Child.start(directory, "serve", "--rules", rules.toString())) {
            int port = child.port();
            Files.writeString(rules, open);
            child.signal("HUP");
            child.says("the rules of before still hold, because:");
            assertThat(child.err()).contains("not served: listen.allow");
            assertThat(RawClient.get(port, "/").status()).isEqualTo(200);
        }
    }

    @Test
    void whoSaysSoMayServeEverybody_andIsWarned() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), """
                { "listen": { "host": "127.0.0.1", "port": 0, "allow": ["0.0.0.0/0"] }, "backends": { "dev2": { "url": "http://127.0.0.1:1" } },
                  "routes": [{ "models": ["*"], "tiers": [["dev2"]] }] }
                """);
        try (Child child =
                Child.start(directory, "serve", "--rules", rules.toString(), "--host", "0.0.0.0", "--insecure")) {
            child.says("WARN  ServeCommand: listen.allow lets every address in");
        }
    }

    @Test
    void theSecondSignalBreaksRunningAnswersOff_andTellsTheirClients() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(HEAD);
                    line.chunk(TOKEN);
                    line.awaitDeparture();
                });
                Child child = Child.start(
                        directory, "serve", "--backend", backend.url().toString(), "--port", "0");
                RawClient client = new RawClient(child.port())) {
            child.says("is up");
            client.sendPost("/api/chat", CHAT).readHead();
            assertThat(client.readChunk()).isNotEmpty();
            child.terminate();
            child.says("for 1 running answers");
            child.terminate();
            assertThat(client.readChunk())
                    .asString(StandardCharsets.UTF_8)
                    .startsWith("{\"error\":")
                    .contains("the proxy is stopping");
            assertThat(child.exitCode()).isEqualTo(1);
        }
    }
}

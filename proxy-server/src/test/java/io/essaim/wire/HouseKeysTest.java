package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.KeyHash;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that everybody must show, and agents with keys of their own beside. */
class HouseKeysTest {
    private static final String HOUSE = "es-house-0123456789";
    private static final String FILED = "es-filed-0123456789";
    private static final String OWN = "es-own-0123456789";
    private static final String CHAT =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":false}";
    private static final String DONE =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":true}";

    @TempDir
    Path directory;

    private ScriptedBackend host;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        Path file = Files.writeString(directory.resolve("keys"), KeyHash.of(FILED) + "\n");
        host = ScriptedBackend.with("m").plays(line -> line.json(DONE));
        server = TestServer.tiers(
                1,
                ",\"keys\":[\"" + KeyHash.of(HOUSE) + "\"],\"keysFile\":\"" + file
                        + "\",\"agents\":{\"open\":{},\"own\":{\"keys\":[\"" + KeyHash.of(OWN) + "\"]}}",
                host);
    }

    @AfterEach
    void end() {
        server.close();
        host.close();
    }

    private RawClient.Reply ask(String path, String key) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                            + (key.isEmpty() ? "" : "Authorization: Bearer " + key + "\r\n") + "Content-Length: "
                            + CHAT.length() + "\r\n\r\n" + CHAT)
                    .read();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/api/chat,             '',                  401",
        "/api/chat,             es-nobody-0123456789, 401",
        "/api/chat,             es-house-0123456789, 200",
        "/api/chat,             es-filed-0123456789, 200",
        "/api/chat,             es-own-0123456789,   200",
        "/agents/open/api/chat, '',                  401",
        "/agents/open/api/chat, es-house-0123456789, 200",
        "/agents/open/api/chat, es-own-0123456789,   401",
        "/agents/new/api/chat,  es-filed-0123456789, 200",
        "/agents/own/api/chat,  es-house-0123456789, 401",
        "/agents/own/api/chat,  es-own-0123456789,   200",
        "/v1/chat/completions,  '',                  401",
    })
    void whoMayAsk(String path, String key, int status) throws IOException {
        RawClient.Reply reply = ask(path, key);
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(host.requests()).hasSize(status == 200 ? 1 : 0);
        assertThat(reply.text()).doesNotContain(HOUSE, FILED, OWN);
    }

    @Test
    void theRefusalComesBeforeTheBody_andTellsHow() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.field("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(reply.text()).contains("a key is needed here, as a bearer token");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/version", "/api/tags", "/v1/models"})
    void whatClientsAskBeforeTheyKnowAKeyStaysOpen(String path) throws IOException {
        assertThat(RawClient.get(server.port(), path).status()).isEqualTo(200);
    }

    @Test
    void theKeyOfTheHouseNamesNoAgent() throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nX-Agent: own\r\nAuthorization: Bearer " + HOUSE
                    + "\r\nContent-Length: " + CHAT.length() + "\r\n\r\n" + CHAT);
            assertThat(client.read().status()).isEqualTo(401);
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.KeyHash;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Bodies of requests that stop coming, or should not come at all. */
class BodyTest {
    private static final String KEYED = ",\"agents\":{\"default\":{\"keys\":[\"" + KeyHash.of("es-default-0123456789")
            + "\"]},\"own\":{\"keys\":[\"" + KeyHash.of("es-own-0123456789") + "\"]}}";

    @Test
    void aBodyThatStopsComing_isEnded() throws IOException {
        try (ScriptedBackend backend = ScriptedBackend.with("m");
                TestServer server = TestServer.tiers(1, ",\"timeouts\":{\"bodyIdle\":\"100ms\"}", backend);
                RawClient client = new RawClient(server.port())) {
            client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
                    + "x".repeat(500_000));
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(408);
            assertThat(client.awaitClose()).isTrue();
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aFileThatStopsComing_isEnded() throws IOException {
        try (ScriptedBackend backend = ScriptedBackend.with("m");
                TestServer server =
                        TestServer.tiers(1, ",\"manage\":true,\"timeouts\":{\"bodyIdle\":\"100ms\"}", backend);
                RawClient client = new RawClient(server.port())) {
            client.send("POST /api/blobs/sha256:" + "0".repeat(64)
                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(500_000));
            assertThat(client.read().status()).isEqualTo(408);
            assertThat(client.awaitClose()).isTrue();
        }
    }

    @Test
    void whoeverHeIs_heMustShowAKey_beforeABodyIsRead() throws IOException {
        try (ScriptedBackend backend = ScriptedBackend.with("m");
                TestServer server = TestServer.tiers(1, KEYED, backend);
                RawClient client = new RawClient(server.port())) {
            client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(server.server().bodies()).isZero();
        }
    }
}

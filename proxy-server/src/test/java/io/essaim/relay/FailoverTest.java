package io.essaim.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Before the commit point another backend answers, and the client notices nothing. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class FailoverTest {
    static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    static final String TOKEN =
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n";
    static final String DONE =
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true}\n";

    @Parameter
    int loops;

    static void good(ScriptedBackend.Line line) throws java.io.IOException {
        line.send(HEAD);
        line.chunk(TOKEN);
        line.chunk(DONE);
        line.send("0\r\n\r\n");
    }

    @Test
    void aReset_beforeTheHead_movesOnToTheNextTier() throws Exception {
        try (ScriptedBackend first = ScriptedBackend.with("llama3.2:latest").plays(ScriptedBackend.Line::reset);
                ScriptedBackend second = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = TestServer.tiers(loops, "", first, second)) {
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", CHAT);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).isEqualTo(TOKEN + DONE);
            assertThat(reply.complete()).isTrue();
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
            assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("2");
            assertThat(second.requests().get(0).bodyText()).isEqualTo(CHAT);
        }
    }
}

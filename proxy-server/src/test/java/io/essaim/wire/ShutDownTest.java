package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy that stops lets answers finish, and those that cannot are told so. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ShutDownTest {
    @Parameter
    int loops;

    @Test
    void aStreamThatCannotFinish_endsInAnErrorFrame_andNoProperEnd() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(FailoverTest.HEAD);
                    line.chunk(FailoverTest.TOKEN);
                    line.awaitDeparture();
                });
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT).readHead();
            assertThat(client.readChunk()).isNotEmpty();
            assertThat(server.server().drain(Duration.ZERO)).isFalse();
            server.server().close();
            assertThat(client.readChunk())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("{\"error\":\"the answer is incomplete: the proxy is stopping\",\"status\":503}\n");
            assertThat(client.awaitClose()).as("closed without the last chunk").isTrue();
            await().until(() -> backend.departures() == 1);
        }
    }

    @Test
    void aRequestThatHasNotBegun_isRefusedAsUnavailable() throws Exception {
        try (ScriptedBackend backend =
                        ScriptedBackend.with("llama3.2:latest").plays(ScriptedBackend.Line::awaitDeparture);
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/v1/chat/completions", FailoverTest.CHAT);
            await().until(() -> backend.requests().size() == 1);
            server.server().close();
            var answer = client.read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.text()).contains("the proxy is stopping").contains("\"type\":\"api_error\"");
            assertThat(backend.requests()).as("nobody else is asked").hasSize(1);
        }
    }

    @Test
    void draining_letsARunningAnswerFinish_andTakesNoOther() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.await(gate);
                    FailoverTest.good(line);
                });
                TestServer server = TestServer.tiers(loops, "", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", FailoverTest.CHAT);
            await().until(() -> backend.requests().size() == 1);
            assertThat(server.server().drain(Duration.ZERO)).isFalse();
            gate.countDown();
            var answer = client.read();
            assertThat(answer.text()).isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
            assertThat(client.awaitClose())
                    .as("the connection ends with the answer")
                    .isTrue();
            assertThat(server.server().drain(Duration.ofSeconds(20))).isTrue();
        }
    }
}

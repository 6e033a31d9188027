package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The first clients are not told that there are no models just because nobody has looked yet. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class FirstLookTest {
    @Parameter
    int loops;

    private TestServer starting(ScriptedBackend backend) {
        return TestServer.starting(
                loops,
                "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + backend.url()
                        + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    @Test
    void theFirstList_hasWhatTheHostsHave() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = starting(backend)) {
            assertThat(RawClient.get(server.port(), "/api/tags").text()).contains("llama3.2:latest");
        }
    }

    @Test
    void aChatThatComesAtOnce_isNotRefused() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                TestServer server = starting(backend)) {
            assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT)
                            .text())
                    .isEqualTo(FailoverTest.TOKEN + FailoverTest.DONE);
        }
    }

    @Test
    void aDeafHost_holdsUpTheListForAMoment_andTheRestNotAtAll() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest")) {
            backend.silenceProbes(true);
            try (TestServer server = starting(backend);
                    RawClient early = new RawClient(server.port());
                    RawClient leaver = new RawClient(server.port())) {
                early.send("GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n");
                leaver.sendPost("/api/chat", FailoverTest.CHAT).close();
                assertThat(RawClient.get(server.port(), "/").text()).isEqualTo("Ollama is running");
                assertThat(early.available()).as("still waiting").isZero();
                assertThat(early.read().text()).isEqualTo("{\"models\":[]}");
            }
        }
    }
}

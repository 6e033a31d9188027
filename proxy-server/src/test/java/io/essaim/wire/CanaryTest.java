package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.model.ModelName;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Small questions of the proxy's own to idle hosts that nobody has measured. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CanaryTest {
    private static final Duration IDLE_AND_SOME = Duration.ofSeconds(20);
    private static final ModelName MODEL = ModelName.parse("llama3.2").orElseThrow();
    private static final String NDJSON =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String LAST =
            "{\"model\":\"llama3.2\",\"response\":\"\",\"done\":true,\"done_reason\":\"length\","
                    + "\"total_duration\":1600000000,\"load_duration\":1000000,\"prompt_eval_count\":70,"
                    + "\"prompt_eval_duration\":500000000,\"eval_count\":20,\"eval_duration\":1000000000}\n";

    @Parameter
    int loops;

    /** Three hosts at once, since all have to be idle first. */
    @Test
    void whatAnIdleHostAnswers_isLearned_andARefusalOrACutDoesNoHarm() throws Exception {
        try (ScriptedBackend good = ScriptedBackend.with("llama3.2:latest").loads(line -> {
                    line.send(NDJSON);
                    line.chunk("{\"model\":\"llama3.2\",\"response\":\"one\",\"done\":false}\n");
                    line.chunk(LAST);
                    line.send("0\r\n\r\n");
                });
                ScriptedBackend refuses = ScriptedBackend.with("llama3.2:latest")
                        .loads(line -> line.json("400 Bad Request", "{\"error\":\"does not support generate\"}"));
                ScriptedBackend cuts = ScriptedBackend.with("llama3.2:latest").loads(line -> {
                    line.send(NDJSON);
                    line.chunk("{\"model\":\"llama3.2\",\"response\":\"one\",\"done\":false}\n");
                    line.close();
                });
                TestServer server = TestServer.oneTier(loops, "", good, refuses, cuts)) {
            await("the canaries")
                    .atMost(IDLE_AND_SOME)
                    .until(() -> !good.loads().isEmpty()
                            && !refuses.loads().isEmpty()
                            && !cuts.loads().isEmpty());
            assertThat(good.loads().get(0).requestLine()).isEqualTo("POST /api/generate HTTP/1.1");
            assertThat(good.loads().get(0).bodyText())
                    .contains("\"model\":\"llama3.2:latest\"", "\"num_predict\":20")
                    .doesNotContain("keep_alive");
            await("what was learned")
                    .until(() -> server.backend("b1").state(MODEL).estimates().measured());
            for (String name : new String[] {"b1", "b2", "b3"}) {
                await("its slot").until(() -> server.backend(name).inFlight() == 0);
            }
            assertThat(server.backend("b2").state(MODEL).estimates().measured()).isFalse();
            assertThat(good.requests()).isEmpty();
        }
    }
}

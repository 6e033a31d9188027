package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A host is alive and believed to be slow, and the agent's rule says what is good enough. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class GateTest {
    private static final String SLOW = "'speed':{'tokensPerSecond':2}";
    private static final String QUICK = "'speed':{'tokensPerSecond':50}";
    private static final String GATE = "'gate':{'tpot':'150ms'}";

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private CloudScene scene;

    @BeforeEach
    void prepare() throws IOException {
        scene = new CloudScene(loops, directory);
    }

    private void run(String speed, String agent, ScriptedBackend.Script cloud, CloudScene.Trial trial)
            throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest")
                        .plays(FailoverTest::good)
                        .loads(line -> line.json("{\"done\":true,\"done_reason\":\"load\"}"));
                ScriptedBackend one = CloudScene.cloud(cloud);
                ScriptedBackend two = CloudScene.cloud(cloud);
                TestServer server = scene.server(host, speed, one, two, "," + agent)) {
            trial.run(server, one, two);
        }
    }

    private static String whoAnswers(TestServer server, String path, String body) throws Exception {
        RawClient.Reply reply = CloudScene.ask(server, path, body);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.complete()).isTrue();
        return String.valueOf(reply.field("X-Essaim-Backend"));
    }

    @Test
    void aCloudAnswers_whereNoHostIsGoodEnough() throws Exception {
        run(SLOW, GATE, CloudScene::answers, (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("gemini");
            String why = RawClient.get(server.server().adminPort(), "/why/" + reply.field("X-Essaim-Route-Id"))
                    .text();
            assertThat(why).contains("none is expected to be as good as the agent's gate wants");
        });
    }

    @Test
    void aCloudBridgesTheLoad_andTheHostAnswersOnceTheModelIsThere() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest")
                        .cold(true)
                        .plays(FailoverTest::good)
                        .loads(line -> line.json("{\"done\":true,\"done_reason\":\"load\"}"));
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, QUICK, one, two, ",'gate':{'ttft':'200ms'}")) {
            assertThat(whoAnswers(server, "/api/chat", CloudScene.CHAT)).isEqualTo("gemini");
            await("the load").until(() -> host.loads().size() == 1);
            await("the model")
                    .until(() ->
                            whoAnswers(server, "/api/chat", CloudScene.CHAT).equals("dev2"));
            assertThat(host.loads()).hasSize(1);
            assertThat(two.connections()).isZero();
        }
    }

    @Test
    void theHostAnswers_whereItIsGoodEnough() throws Exception {
        run(QUICK, GATE, CloudScene::answers, (server, one, two) -> {
            assertThat(whoAnswers(server, "/api/chat", CloudScene.CHAT)).isEqualTo("dev2");
            assertThat(one.connections()).isZero();
        });
    }

    @Test
    void theHostAnswers_howeverSlow_whereTheRuleSaysNothing() throws Exception {
        run(SLOW, "'class':'interactive'", CloudScene::answers, (server, one, two) -> {
            assertThat(whoAnswers(server, "/api/chat", CloudScene.CHAT)).isEqualTo("dev2");
            assertThat(one.connections()).isZero();
        });
    }

    @Test
    void theHostAnswersAllTheSame_whereNoCloudCan() throws Exception {
        run(SLOW, GATE, line -> line.json("500 Internal Server Error", "{}"), (server, one, two) -> {
            assertThat(whoAnswers(server, "/api/chat", CloudScene.CHAT)).isEqualTo("dev2");
            assertThat(one.requests()).hasSize(1);
            assertThat(two.requests()).hasSize(1);
        });
    }

    @Test
    void theHostAnswersAllTheSame_whereTheBudgetIsSpent() throws Exception {
        run(SLOW, GATE + ",'budget':{'day':{'requests':1}}", CloudScene::answers, (server, one, two) -> {
            assertThat(whoAnswers(server, "/api/chat", CloudScene.CHAT)).isEqualTo("gemini");
            assertThat(whoAnswers(server, "/api/chat", CloudScene.CHAT)).isEqualTo("dev2");
            assertThat(whoAnswers(server, "/api/chat", CloudScene.WHOLE)).isEqualTo("dev2");
        });
    }

    @Test
    void whatOnlyHostsCanDo_isTheirs() throws Exception {
        run(SLOW, GATE, CloudScene::answers, (server, one, two) -> {
            String load = "{\"model\":\"llama3.2\",\"messages\":[]}";
            assertThat(whoAnswers(server, "/api/chat", load)).isEqualTo("dev2");
            String untranslatable = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":7}]}";
            assertThat(whoAnswers(server, "/api/chat", untranslatable)).isEqualTo("dev2");
            assertThat(one.connections()).isZero();
        });
    }

    @Test
    void aClientThatLeavesMeanwhile_leavesNothingBehind() throws Exception {
        run(SLOW, GATE, ScriptedBackend.Line::awaitDeparture, (server, one, two) -> {
            try (RawClient client = new RawClient(server.port())) {
                client.sendPost("/agents/rssi/api/chat", CloudScene.CHAT);
                await("the cloud is asked").until(() -> one.requests().size() == 1);
            }
            await("the cloud is left").until(() -> one.departures() == 1);
            await("nothing is under way").until(() -> server.server().busy() == 0);
            assertThat(server.backend("dev2").inFlight()).isZero();
        });
    }
}

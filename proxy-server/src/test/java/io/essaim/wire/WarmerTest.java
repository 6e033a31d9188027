package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Models come into memory before somebody has to wait for them. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class WarmerTest {
    private static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[]}";

    @Parameter
    int loops;

    private static ScriptedBackend cold(String... models) {
        return ScriptedBackend.with(models)
                .cold(true)
                .plays(FailoverTest::good)
                .loads(line -> line.json("{\"done\":true,\"done_reason\":\"load\"}"));
    }

    private TestServer server(ScriptedBackend dev2, ScriptedBackend pi, String standby) {
        return TestServer.start(
                loops,
                "{'listen':{'port':0},'backends':{'dev2':{'url':'%s'},'pi':{'url':'%s'}},'routes':[{'models':['*'],'numCtx':{'pin':4096},'tiers':[['dev2'],[%s]]}]}"
                        .formatted(dev2.url(), pi.url(), standby)
                        .replace('\'', '"'));
    }

    @Test
    void aResidentModel_isLoadedToStay_beforeAnybodyAsks() throws Exception {
        try (ScriptedBackend dev2 = cold("llama3.2:latest");
                ScriptedBackend pi = cold("llama3.2:1b");
                TestServer server = server(dev2, pi, "{'backend':'pi','model':'llama3.2:1b','resident':true}")) {
            await("the load").until(() -> pi.loads().size() == 1);
            assertThat(pi.loads().get(0).bodyText())
                    .isEqualTo(
                            "{\"model\":\"llama3.2:1b\",\"stream\":false,\"keep_alive\":-1,\"options\":{\"num_ctx\":4096}}");
            assertThat(dev2.loads()).isEmpty();
            assertThat(server.backend("pi").inFlight()).isZero();
        }
    }

    @Test
    void theStandby_isWarmed_whenThePrimaryOfARouteInUseGoesDown() throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                ScriptedBackend pi = cold("llama3.2:latest");
                TestServer server = server(dev2, pi, "'pi'")) {
            assertThat(RawClient.post(server.port(), "/api/chat", CHAT).status())
                    .isEqualTo(200);
            assertThat(pi.loads()).as("while all is well").isEmpty();
            dev2.kill();
            await("the load").until(() -> pi.loads().size() == 1);
            assertThat(pi.loads().get(0).bodyText())
                    .isEqualTo("{\"model\":\"llama3.2:latest\",\"stream\":false,\"options\":{\"num_ctx\":4096}}");
            assertThat(RawClient.post(server.port(), "/api/chat", CHAT).field("X-Essaim-Backend"))
                    .isEqualTo("pi");
            assertThat(pi.loads()).hasSize(1);
        }
    }
}

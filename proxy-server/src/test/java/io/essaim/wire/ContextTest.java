package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The size of the context: changed in the body where the rules say so and nowhere else, and known per host. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ContextTest {
    private static final String RULES = """
            {"listen":{"port":0},"backends":{"b1":{"url":"%s","slots":4}},
             "aliases":{"fast":"pinned"},
             "routes":[{"models":["pinned"],"numCtx":{"pin":8192},"tiers":[["b1"]]},{"models":["*"],"tiers":[["b1"]]}],
             "agents":{"ide":{"numCtx":{"max":16384}}}}
            """;

    @Parameter
    int loops;

    private static ScriptedBackend host() {
        return ScriptedBackend.with("pinned:latest", "free:latest").plays(FailoverTest::whole);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // nothing said: put in
                "/api/chat | {\"model\":\"pinned\",\"messages\":[]} | {\"model\":\"pinned\",\"messages\":[],\"options\":{\"num_ctx\":8192}}",
                "/api/chat | {\"model\":\"pinned\" } | {\"model\":\"pinned\" ,\"options\":{\"num_ctx\":8192}}",
                "/api/generate | {\"options\":{},\"model\":\"pinned\"} | {\"options\":{\"num_ctx\":8192},\"model\":\"pinned\"}",
                "/api/generate | {\"options\":{ \"seed\":1},\"model\":\"pinned\"} | {\"options\":{\"num_ctx\":8192, \"seed\":1},\"model\":\"pinned\"}",
                "/api/generate | {\"options\":null,\"model\":\"pinned\"} | {\"options\":{\"num_ctx\":8192},\"model\":\"pinned\"}",
                // something said: changed
                "/api/embed | {\"options\":{\"num_ctx\": 4096 },\"model\":\"pinned\"} | {\"options\":{\"num_ctx\": 8192 },\"model\":\"pinned\"}",
                "/api/chat | {\"options\":{\"num_ctx\":4096},\"model\":\"fast\"} | {\"options\":{\"num_ctx\":8192},\"model\":\"pinned:latest\"}",
                // an agent's limit goes before a route's pin, and leaves alone what is below it
                "/agents/ide/api/chat | {\"model\":\"pinned\",\"options\":{\"num_ctx\":99999}} | {\"model\":\"pinned\",\"options\":{\"num_ctx\":16384}}",
                "/agents/ide/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":99999}} | {\"model\":\"free\",\"options\":{\"num_ctx\":16384}}",
                "/agents/ide/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":16384.0}} | {\"model\":\"free\",\"options\":{\"num_ctx\":16384.0}}",
                "/agents/ide/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":512}} | {\"model\":\"free\",\"options\":{\"num_ctx\":512}}",
                "/agents/ide/api/chat | {\"model\":\"free\"} | {\"model\":\"free\"}",
                // a number that is too large for an int is large, however it is written
                "/agents/ide/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":4294971392}} | {\"model\":\"free\",\"options\":{\"num_ctx\":16384}}",
                "/agents/ide/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":4e30}} | {\"model\":\"free\",\"options\":{\"num_ctx\":16384}}",
                "/agents/ide/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":4096.0000000000000000000000000000000e9}} | {\"model\":\"free\",\"options\":{\"num_ctx\":16384}}",
                // no rule, or no word for it in this API
                "/api/chat | {\"model\":\"free\",\"options\":{\"num_ctx\":99999}} | {\"model\":\"free\",\"options\":{\"num_ctx\":99999}}",
                "/v1/chat/completions | {\"model\":\"pinned\"} | {\"model\":\"pinned\"}",
            })
    void theBodyThatAHostGets(String path, String sent, String got) throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.start(loops, RULES.formatted(backend.url()))) {
            assertThat(RawClient.post(server.port(), path, sent).status()).isEqualTo(200);
            assertThat(backend.requests()).hasSize(1);
            assertThat(backend.requests().get(0).bodyText()).isEqualTo(got);
        }
    }

    @Test
    void anotherSize_isALoadOfItsOwn_andCounted() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend backend = host().loads(line -> {
                    line.await(gate);
                    line.json("{\"done\":true}");
                });
                TestServer server = TestServer.start(loops, RULES.formatted(backend.url()));
                RawClient client = new RawClient(server.port())) {
            String small = "{\"model\":\"free\",\"stream\":false,\"options\":{\"num_ctx\":512}}";
            String large = small.replace("512", "4096");
            assertThat(RawClient.post(server.port(), "/api/chat", small).status())
                    .isEqualTo(200);
            assertThat(backend.loads()).as("what it ran with was not known").isEmpty();
            client.sendPost("/api/chat", large);
            await("the load").until(() -> backend.loads().size() == 1);
            assertThat(backend.loads().get(0).bodyText())
                    .isEqualTo("{\"model\":\"free:latest\",\"stream\":false,\"options\":{\"num_ctx\":4096}}");
            gate.countDown();
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(RawClient.post(server.port(), "/api/chat", large).status())
                    .isEqualTo(200);
            assertThat(backend.loads()).hasSize(1);
            assertThat(server.backend("b1").contexts().reloadsCaused()).isEqualTo(1);
            assertThat(server.backend("b1").contexts().reloadsAvoided()).isZero();
        }
    }

    @Test
    void whatTheRulesAskFor_isNotTheClientsToBeRefused() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server =
                        TestServer.start(loops, RULES.replace("8192", "200000").formatted(backend.url()))) {
            String chat = "{\"model\":\"pinned\",\"stream\":false}";
            String absurd = chat.replaceFirst("\\{", "{\"options\":{\"num_ctx\":10000000},");
            await("the limit is known")
                    .until(() ->
                            RawClient.post(server.port(), "/api/chat", absurd).status() == 400);
            assertThat(RawClient.post(server.port(), "/api/chat", chat).status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aPin_avoidsLoads_andThatIsCounted() throws Exception {
        try (ScriptedBackend backend = host();
                TestServer server = TestServer.start(loops, RULES.formatted(backend.url()))) {
            for (int size : new int[] {512, 1024, 2048}) {
                String body = "{\"model\":\"pinned\",\"stream\":false,\"options\":{\"num_ctx\":" + size + "}}";
                assertThat(RawClient.post(server.port(), "/api/chat", body).status())
                        .isEqualTo(200);
            }
            assertThat(backend.loads()).isEmpty();
            assertThat(server.backend("b1").contexts().reloadsAvoided()).isEqualTo(2);
            assertThat(server.backend("b1").contexts().reloadsCaused()).isZero();
        }
    }
}

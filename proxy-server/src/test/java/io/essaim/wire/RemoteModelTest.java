package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.fleet.Backend;
import io.essaim.model.ModelName;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host that has a model from a cloud sends prompts away itself: an agent's zone holds there too. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RemoteModelTest {
    private static final String REMOTE = "gpt-oss:120b-cloud";
    private static final String DISGUISED = "big:latest";
    private static final String RULES = """
            {"listen":{"port":0},"backends":{"b1":{"url":"%s","slots":4},"b2":{"url":"%s","slots":4}},
             "routes":[{"models":["*"],"tiers":[["b1"],["b2"]]}],"aliases":{"smart":"big"},
             "agents":{"rssi":{"zone":"lan"},"here":{"zone":"host"},"eu":{"zone":"cloud-eu"},"far":{"zone":"cloud"},"any":{}}}
            """;

    @Parameter
    int loops;

    private static ScriptedBackend host() {
        return ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
    }

    private TestServer server(ScriptedBackend one, ScriptedBackend two) {
        return TestServer.start(loops, RULES.formatted(one.url(), two.url()));
    }

    private static RawClient.Reply post(TestServer server, String agent, String path, String model) throws IOException {
        String body = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        return RawClient.post(server.port(), "/agents/" + agent + path, body);
    }

    private static RawClient.Reply get(TestServer server, String agent, String path) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            return client.send("GET /agents/" + agent + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .read();
        }
    }

    private static void refused(RawClient.Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(404);
        assertThat(reply.field("X-Essaim-Reason")).isEqualTo("zone");
        assertThat(reply.text()).contains("not found").contains("zone is ", "b1", "would send the prompt");
    }

    @ParameterizedTest
    @ValueSource(strings = {REMOTE, DISGUISED, "big", "BIG", "smart"})
    void whoMustStayNear_isNotServed(String model) throws Exception {
        try (ScriptedBackend one = host().remote(REMOTE).remote(DISGUISED);
                ScriptedBackend two = host();
                TestServer server = server(one, two)) {
            for (String agent : new String[] {"rssi", "here", "eu"}) {
                for (String path :
                        new String[] {"/api/chat", "/api/generate", "/v1/chat/completions", "/api/embed", "/api/show"
                        }) {
                    refused(post(server, agent, path, model));
                }
            }
            assertThat(one.requests()).isEmpty();
            assertThat(one.loads()).isEmpty();
            for (String agent : new String[] {"far", "any"}) {
                assertThat(post(server, agent, "/api/chat", model).status()).isEqualTo(200);
            }
            assertThat(one.requests()).hasSize(2);
            assertThat(one.loads()).as("a load is a prompt to a cloud").isEmpty();
        }
    }

    @Test
    void whoMustStayNear_seesNothingOfIt() throws Exception {
        try (ScriptedBackend one = host().remote(REMOTE).remote(DISGUISED);
                ScriptedBackend two = host();
                TestServer server = server(one, two)) {
            for (String path : new String[] {"/api/tags", "/v1/models", "/api/ps"}) {
                for (String agent : new String[] {"rssi", "here", "eu"}) {
                    assertThat(get(server, agent, path).text())
                            .contains("llama3.2")
                            .doesNotContain("cloud", "big", "smart", "ollama.com");
                }
            }
            for (String agent : new String[] {"far", "any"}) {
                assertThat(get(server, agent, "/api/tags").text()).contains(REMOTE, DISGUISED, "smart", "ollama.com");
                assertThat(get(server, agent, "/v1/models/big").status()).isEqualTo(200);
            }
            assertThat(get(server, "rssi", "/v1/models/big").status()).isEqualTo(404);
        }
    }

    @Test
    void whatWasShownToOthers_isNotShownToWhoMustStayNear() throws Exception {
        try (ScriptedBackend one = host().remote(DISGUISED);
                ScriptedBackend two = host();
                TestServer server = server(one, two)) {
            assertThat(RawClient.post(server.port(), "/agents/any/api/show", "{\"model\":\"big\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(RawClient.post(server.port(), "/agents/any/api/show", "{\"model\":\"big\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(one.requests()).as("the second time from memory").hasSize(1);
            refused(RawClient.post(server.port(), "/agents/rssi/api/show", "{\"model\":\"big\"}"));
        }
    }

    @Test
    void aHostThatHasTheWeights_answers() throws Exception {
        try (ScriptedBackend one = host().remote(DISGUISED);
                ScriptedBackend two =
                        ScriptedBackend.with("llama3.2:latest", DISGUISED).plays(FailoverTest::good);
                TestServer server = server(one, two)) {
            assertThat(post(server, "rssi", "/api/chat", "big").field("X-Essaim-Backend"))
                    .isEqualTo("b2");
            assertThat(post(server, "any", "/api/chat", "big").field("X-Essaim-Backend"))
                    .isEqualTo("b1");
            assertThat(get(server, "rssi", "/api/tags").text()).contains("big").doesNotContain("ollama.com");
        }
    }

    @Test
    void aNameThatSaysCloud_isACloudsWithoutARow() throws Exception {
        try (ScriptedBackend one = host();
                ScriptedBackend two = host();
                TestServer server = server(one, two)) {
            for (String model : new String[] {"glm-4.7:cloud", "gpt-oss:20b-cloud", "GPT-OSS:20B-CLOUD"}) {
                refused(post(server, "rssi", "/api/chat", model));
            }
            assertThat(post(server, "rssi", "/api/chat", "cloud-seven").field("X-Essaim-Reason"))
                    .isEqualTo("no_such_model");
            assertThat(one.requests()).isEmpty();
        }
    }

    @Test
    void aModelThatBecomesAClouds_isNotAskedAnyMore() throws Exception {
        try (ScriptedBackend one = host().remote(REMOTE);
                ScriptedBackend two = host();
                TestServer server = server(one, two)) {
            assertThat(post(server, "rssi", "/api/chat", "llama3.2").field("X-Essaim-Backend"))
                    .isEqualTo("b1");
            one.remote("llama3.2:latest");
            Backend changed = server.backend("b1");
            changed.doubt(Backend.Doubt.INVENTORY);
            await().until(() -> changed.remote(ModelName.parse("llama3.2").orElseThrow()));
            assertThat(post(server, "rssi", "/api/chat", "llama3.2").field("X-Essaim-Backend"))
                    .isEqualTo("b2");
            assertThat(one.requests()).hasSize(1);
        }
    }

    @Test
    void whileAHostHasNotSaidWhatItHas_itIsNotAskedForWhoMustStayNear() throws Exception {
        try (ScriptedBackend one = host();
                ScriptedBackend two = host()) {
            one.silenceProbes(true);
            try (TestServer server = TestServer.starting(loops, RULES.formatted(one.url(), two.url()))) {
                await().until(() -> server.backend("b2").inventory().loaded() != null);
                RawClient.Reply reply = post(server, "rssi", "/api/chat", "llama3.2");
                assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b2");
                assertThat(one.requests()).isEmpty();
            }
        }
    }
}

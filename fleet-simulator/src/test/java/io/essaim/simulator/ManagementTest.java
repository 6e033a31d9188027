package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What management calls change. */
final class ManagementTest {
    private static final String GGUF = "GGUF and what follows";

    @Test
    void aPulledModelCanBeUsed() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.Answer pull = Wire.post(host, "/api/pull", "{\"model\":\"mistral\"}");
            assertThat(pull.chunks().get(0)).isEqualTo("{\"status\":\"pulling manifest\"}\n");
            assertThat(pull.chunks().get(1)).contains("\"total\":").doesNotContain("completed");
            assertThat(pull.chunks().get(2)).contains("\"completed\":");
            assertThat(Hosts.last(pull).path("status").asString()).isEqualTo("success");
            assertThat(Wire.post(host, "/api/chat", Hosts.chat("mistral", "Hi", false, 2))
                            .status())
                    .isEqualTo(200);
            assertThat(Wire.get(host, "/api/tags").body()).contains("mistral:latest");
        }
    }

    @Test
    void aModelThatTheRegistryDoesNotHaveIsAnErrorLine() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.Answer pull = Wire.post(host, "/api/pull", "{\"model\":\"nope\"}");
            assertThat(pull.status()).isEqualTo(200);
            assertThat(pull.chunks().get(1)).isEqualTo("{\"error\":\"pull model manifest: file does not exist\"}\n");
            assertThat(Wire.post(host, "/api/pull", "{\"model\":\"nope\",\"stream\":false}")
                            .status())
                    .isEqualTo(500);
        }
    }

    @Test
    void whoLeavesThePullDoesNotGetTheModel() throws IOException {
        try (SimulatedHost host = Hosts.start(HostProfile.dev2().withTimeScale(0.01));
                Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/pull", "{\"model\":\"mistral\"}");
            wire.head();
            wire.close();
            await().until(() -> host.state().connections() == 0);
            assertThat(Wire.get(host, "/api/tags").body()).doesNotContain("mistral");
        }
    }

    @Test
    void copiesShareARunnerAndDeletesRemove() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.post(host, "/api/copy", "{\"source\":\"llama3.2\",\"destination\":\"mine\"}");
            Wire.post(host, "/api/chat", Hosts.chat("llama3.2", "Hi", false, 1));
            Wire.post(host, "/api/chat", Hosts.chat("mine", "Hi", false, 1));
            assertThat(host.state().loads().started()).isEqualTo(1);
            assertThat(host.state().loadedModels()).containsExactly("llama3.2:latest");
            assertThat(Wire.call(host, "DELETE", "/api/delete", "{\"name\":\"mine\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(Wire.post(host, "/api/chat", Hosts.chat("mine", "Hi", false, 1))
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aModelIsMadeFromAnUploadedFile() {
        String digest = "sha256:" + Ids.sha256(GGUF);
        try (SimulatedHost host = Hosts.quick()) {
            assertThat(Wire.call(host, "HEAD", "/api/blobs/" + digest, "").status())
                    .isEqualTo(404);
            assertThat(Wire.post(host, "/api/blobs/" + digest, GGUF).status()).isEqualTo(201);
            assertThat(Wire.call(host, "HEAD", "/api/blobs/" + digest, "").status())
                    .isEqualTo(200);
            Wire.Answer made =
                    Wire.post(host, "/api/create", "{\"model\":\"made\",\"files\":{\"m.gguf\":\"" + digest + "\"}}");
            assertThat(made.chunks())
                    .containsExactly(
                            "{\"status\":\"parsing GGUF\"}\n",
                            "{\"status\":\"using existing layer " + digest + "\"}\n",
                            "{\"status\":\"writing manifest\"}\n",
                            "{\"status\":\"success\"}\n");
            assertThat(Wire.post(host, "/api/show", "{\"model\":\"made\"}").status())
                    .isEqualTo(200);
        }
    }
}

package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The OpenAI dialect of a cloud. */
final class CloudTest {
    private static final String CHAT = "{\"model\":\"gemini-2.5-flash\",\"stream\":%s,\"max_tokens\":5,"
            + "\"stream_options\":{\"include_usage\":true},\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private static HostProfile cloud() {
        return HostProfile.cloud().withTimeScale(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1", "/v1beta/openai", ""})
    void servesUnderAnyBasePath(String base) {
        try (SimulatedHost host = Hosts.start(cloud())) {
            JsonNode answer = Hosts.json(Wire.post(host, base + "/chat/completions", CHAT.formatted("false"))
                    .body());
            assertThat(answer.path("usage").path("completion_tokens").asInt()).isEqualTo(5);
            assertThat(answer.path("choices").get(0).path("finish_reason").asString())
                    .isEqualTo("length");
            assertThat(Wire.get(host, base + "/models").body()).contains("\"id\":\"gemini-2.5-flash\"");
            assertThat(Wire.post(
                                    host,
                                    base + "/embeddings",
                                    "{\"model\":\"mistral-embed\",\"input\":\"x\",\"dimensions\":3}")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void streamsAsCloudsDo() {
        try (SimulatedHost host = Hosts.start(cloud())) {
            Wire.Answer answer = Wire.post(host, "/v1/chat/completions", CHAT.formatted("true"));
            assertThat(answer.chunks()).hasSize(9);
            assertThat(answer.chunks().get(0)).contains("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}");
            assertThat(answer.chunks().get(6)).contains("\"delta\":{},\"finish_reason\":\"length\"");
            assertThat(answer.chunks().get(7)).contains("\"choices\":[],\"usage\":{");
            assertThat(answer.chunks().get(8)).isEqualTo("data: [DONE]\n\n");
        }
    }

    @Test
    void asksForItsKey() throws IOException {
        try (SimulatedHost host = Hosts.start(cloud().withApiKey("k1"));
                Wire wire = new Wire(host.port())) {
            Wire.Answer refused = Wire.post(host, "/v1/chat/completions", CHAT.formatted("true"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.body()).contains("\"code\":\"invalid_api_key\"");
            wire.send("POST", "/v1/chat/completions", CHAT.formatted("true"), "Authorization: Bearer k1");
            assertThat(wire.answer(false).status()).isEqualTo(200);
        }
    }

    @Test
    void limitsItsRate() {
        try (SimulatedHost host = Hosts.start(HostProfile.cloud().withRequestsPerMinute(1))) {
            String body = CHAT.formatted("false").replace("gemini-2.5-flash", "nope");
            assertThat(Wire.post(host, "/v1/chat/completions", body).status()).isEqualTo(404);
            Wire.Answer limited = Wire.post(host, "/v1/chat/completions", body);
            assertThat(limited.status()).isEqualTo(429);
            assertThat(Integer.parseInt(limited.head().first("retry-after"))).isBetween(1, 61);
        }
    }

    @Test
    void knowsNoOllamaRoutes() {
        try (SimulatedHost host = Hosts.start(cloud())) {
            assertThat(Wire.get(host, "/api/tags").status()).isEqualTo(404);
        }
    }
}

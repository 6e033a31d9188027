package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JDK's HTTP client as it is out of the box: it prefers HTTP/2 and offers an upgrade with every request (RFC 9110, section 7.8,
 * which lets a server ignore it).
 */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class JdkClientTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @Parameter
    int loops;

    private static HttpRequest.Builder to(String url) {
        return HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/json");
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return CLIENT.send(to(url).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String url, String body) throws Exception {
        return CLIENT.send(
                to(url).POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void tagsAndShow_areAnsweredInHttp11() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            HttpResponse<String> tags = get(fleet.url("/api/tags"));
            assertThat(tags.statusCode()).isEqualTo(200);
            assertThat(tags.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            assertThat(tags.body()).contains("llama3.2:latest", "endless:latest");
            HttpResponse<String> show = post(fleet.url("/api/show"), "{\"model\":\"llama3.2\"}");
            assertThat(show.statusCode()).isEqualTo(200);
            assertThat(JSON.readTree(show.body()).path("capabilities").path(0).asString())
                    .isEqualTo("completion");
            HttpResponse<String> missing = post(fleet.url("/api/show"), "{\"model\":\"nope\"}");
            assertThat(missing.statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aChat_isStreamed() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            HttpRequest chat = to(fleet.url("/api/chat"))
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"))
                    .build();
            HttpResponse<java.util.stream.Stream<String>> answer =
                    CLIENT.send(chat, HttpResponse.BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            List<JsonNode> lines = answer.body().map(JSON::readTree).toList();
            assertThat(lines).hasSizeGreaterThan(3);
            assertThat(lines.subList(0, lines.size() - 1))
                    .allSatisfy(line ->
                            assertThat(line.path("done").asBoolean(true)).isFalse());
            assertThat(lines.get(lines.size() - 1).path("done").asBoolean()).isTrue();
        }
    }

    @Test
    void aBackend_hearsNothingOfTheUpgrade_andGetsTheBody() throws Exception {
        String body = "{\"model\":\"llama3.2\",\"stream\":false,\"prompt\":\"Hello\"}";
        String answer = "{\"done\":true}";
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                + answer.length() + "\r\n\r\n" + answer));
                TestServer server = TestServer.tiers(loops, "", backend)) {
            assertThat(post("http://127.0.0.1:" + server.port() + "/api/generate", body)
                            .body())
                    .isEqualTo(answer);
            ScriptedBackend.Recorded got = backend.requests().get(0);
            assertThat(got.bodyText()).isEqualTo(body);
            for (String field : List.of("Upgrade", "HTTP2-Settings", "Connection")) {
                assertThat(got.field(field)).as(field).isNull();
            }
        }
    }
}

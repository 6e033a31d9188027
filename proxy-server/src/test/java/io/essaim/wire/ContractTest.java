package io.essaim.wire;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.binaryEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.http.trafficlistener.WiremockNetworkTrafficListener;
import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The ordinary contract, with an HTTP server and an HTTP client that are not ours. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ContractTest {
    private static final String TAGS = "{\"models\":[{\"name\":\"llama3.2:latest\",\"model\":\"llama3.2:latest\"}]}";

    @Parameter
    int loops;

    private final Set<Integer> posting = ConcurrentHashMap.newKeySet();
    private WireMockServer ollama;
    private TestServer server;

    @BeforeEach
    void start() {
        ollama = new WireMockServer(WireMockConfiguration.options()
                .dynamicPort()
                .bindAddress("127.0.0.1")
                .networkTrafficListener(new Connections()));
        ollama.start();
        ollama.stubFor(get(urlEqualTo("/api/version")).willReturn(okJson("{\"version\":\"0.15.2\"}")));
        ollama.stubFor(get(urlEqualTo("/api/tags")).willReturn(okJson(TAGS)));
        ollama.stubFor(get(urlEqualTo("/api/ps")).willReturn(okJson(TAGS)));
        server = TestServer.start(
                loops,
                "{\"listen\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"http://127.0.0.1:" + ollama.port()
                        + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    @AfterEach
    void stop() {
        server.close();
        ollama.stop();
    }

    /** Remembers the connections on which somebody posted. */
    private final class Connections implements WiremockNetworkTrafficListener {
        @Override
        public void opened(Socket socket) {}

        @Override
        public void incoming(Socket socket, ByteBuffer bytes) {
            String text = StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
            if (text.startsWith("POST ")) {
                posting.add(socket.getPort());
            }
        }

        @Override
        public void outgoing(Socket socket, ByteBuffer bytes) {}

        @Override
        public void closed(Socket socket) {}
    }

    @Test
    void aWholeChatAnswer_passes_andNoCodingIsAskedFor() throws Exception {
        String answer = "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"é\"},\"done\":true}";
        ollama.stubFor(post(urlEqualTo("/api/chat")).willReturn(okJson(answer)));
        String body = "{\"model\":\"llama3.2\",\"stream\":false,\"messages\":[]}";
        HttpClient client = HttpClient.newHttpClient();
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/agents/dev/api/chat"))
                        .version(HttpClient.Version.HTTP_1_1)
                        .header("Accept-Encoding", "gzip, br")
                        .header("Authorization", "Bearer secret")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(answer);
        assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
        ollama.verify(
                1,
                postRequestedFor(urlEqualTo("/api/chat"))
                        .withRequestBody(binaryEqualTo(body.getBytes(StandardCharsets.UTF_8)))
                        .withHeader("Content-Type", equalTo("application/json"))
                        .withHeader("Accept-Encoding", absent())
                        .withHeader("Authorization", absent())
                        .withHeader("Host", equalTo("127.0.0.1:" + ollama.port()))
                        .withHeader("Via", equalTo("1.1 essaim")));
    }

    @Test
    void embeddings_passWithTheirLength() throws Exception {
        String answer = "{\"embeddings\":[[0.1,-0.2]]}";
        ollama.stubFor(post(urlEqualTo("/api/embed"))
                .willReturn(aResponse()
                        .withHeader("Content-Type", "application/json; charset=utf-8")
                        .withHeader("Content-Length", Integer.toString(answer.length()))
                        .withBody(answer)));
        RawClient.Reply reply =
                RawClient.post(server.port(), "/api/embed", "{\"model\":\"llama3.2\",\"input\":[\"a\",\"b\"]}");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.field("Content-Type")).isEqualTo("application/json; charset=utf-8");
        assertThat(reply.field("Content-Length")).isEqualTo(Integer.toString(answer.length()));
        assertThat(reply.field("Transfer-Encoding")).isNull();
        assertThat(reply.text()).isEqualTo(answer);
    }

    @Test
    void requestsOneAfterTheOther_shareOneConnectionToTheBackend() throws Exception {
        ollama.stubFor(post(urlEqualTo("/v1/embeddings")).willReturn(okJson("{\"data\":[]}")));
        try (RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 20; i++) {
                RawClient.Reply reply = client.sendPost("/v1/embeddings", "{\"model\":\"llama3.2\",\"input\":\"a\"}")
                        .read();
                assertThat(reply.status()).isEqualTo(200);
            }
        }
        ollama.verify(20, postRequestedFor(urlEqualTo("/v1/embeddings")));
        assertThat(posting).as("connections used for requests").hasSize(1);
    }
}

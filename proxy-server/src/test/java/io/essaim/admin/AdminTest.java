package io.essaim.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.config.RulesLoader;
import io.essaim.server.CannotListen;
import io.essaim.server.EssaimServer;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.transport.Transport;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The admin listener over the wire: what it shows, to whom, and what it keeps to itself. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class AdminTest {
    private static final String ADMIN = ",\"admin\":{\"port\":0}";
    private static final String STREAM =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String CHAT =
            "{\"model\":\"llama3.2\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    @Parameter
    int loops;

    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        gate.countDown();
    }

    private static RawClient.Reply get(TestServer server, String path) throws Exception {
        return RawClient.get(server.server().adminPort(), path);
    }

    private static RawClient.Reply send(TestServer server, String request) throws Exception {
        try (RawClient client = new RawClient(server.server().adminPort())) {
            return client.send(request).read(request.startsWith("HEAD"));
        }
    }

    private static JsonNode status(TestServer server) throws Exception {
        RawClient.Reply reply = get(server, "/status");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.field("Content-Type")).isEqualTo("application/json; charset=utf-8");
        return new JsonMapper().readTree(reply.bytes());
    }

    private static void good(ScriptedBackend.Line line) throws java.io.IOException {
        line.send(STREAM);
        line.chunk("{\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n");
        line.chunk("{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true}\n");
        line.send("0\r\n\r\n");
    }

    @Test
    void theStatusSaysHowEachHostDoes() throws Exception {
        try (ScriptedBackend one =
                        ScriptedBackend.with("llama3.2:latest", "phi3:mini").plays(AdminTest::good);
                ScriptedBackend gone = ScriptedBackend.with()) {
            gone.kill();
            try (TestServer server = TestServer.tiers(loops, ADMIN, one, gone)) {
                JsonNode before = status(server).path("hosts").path(0);
                assertThat(before.path("models"))
                        .extracting(model -> model.path("name").asString())
                        .containsExactly("llama3.2:latest", "phi3:mini");
                assertThat(before.findValues("learned"))
                        .as("nothing was measured")
                        .isEmpty();
                assertThat(RawClient.post(server.port(), "/api/chat", CHAT).status())
                        .isEqualTo(200);
                assertThat(RawClient.post(server.port(), "/api/chat", CHAT.replace("llama3.2", "nobody-has-it"))
                                .text())
                        .contains("nobody-has-it");
                JsonNode all = status(server);
                JsonNode host = all.path("hosts").path(0);
                assertThat(host.path("name").asString()).isEqualTo("b1");
                assertThat(host.path("url").asString()).isEqualTo(one.url().toString());
                assertThat(host.path("version").asString()).isEqualTo("0.15.2");
                assertThat(host.path("health").asString()).isEqualTo("up");
                assertThat(host.path("breaker").path("state").asString()).isEqualTo("closed");
                assertThat(host.path("slots").asInt()).isEqualTo(4);
                assertThat(host.path("models")).hasSize(2);
                JsonNode model = host.path("models").path(0);
                assertThat(model.path("bytes").asLong()).isEqualTo(98363728);
                assertThat(model.path("loaded").isObject()).isTrue();
                assertThat(model.path("learned").path("overheadSeconds").asDouble())
                        .isPositive();
                JsonNode down = all.path("hosts").path(1);
                assertThat(down.path("health").asString()).isEqualTo("down");
                assertThat(down.path("ailment").asString()).isEqualTo("it refuses connections");
                assertThat(down.path("modelsKnown").asBoolean()).isFalse();
            }
        }
    }

    @Test
    void aHostThatIsFull_andOneThatFails_areSeen() throws Exception {
        try (ScriptedBackend full = ScriptedBackend.with("llama3.2:latest")
                        .plays(line -> line.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 100\r\n"
                                + "Content-Length: 2\r\n\r\n{}"));
                ScriptedBackend broken = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, ADMIN, full, broken)) {
            for (int i = 0; i < 3; i++) {
                assertThat(RawClient.post(server.port(), "/api/chat", CHAT).status())
                        .isGreaterThanOrEqualTo(500);
            }
            JsonNode hosts = status(server).path("hosts");
            assertThat(hosts.path(0).path("saturatedForSeconds").asInt()).isBetween(1, 100);
            assertThat(hosts.path(1).path("saturatedForSeconds").asInt()).isZero();
            assertThat(hosts.path(0).path("breaker").path("state").asString()).isEqualTo("closed");
            assertThat(hosts.path(1).path("breaker").path("state").asString()).isEqualTo("open");
            assertThat(hosts.path(1).path("breaker").path("retryInSeconds").asInt())
                    .isBetween(1, 2);
        }
    }

    @Test
    void whatRuns_isCounted_andModelsOnTheirWayIntoMemoryAreNamed() throws Exception {
        try (ScriptedBackend cold = ScriptedBackend.with("llama3.2:latest")
                        .cold(true)
                        .plays(AdminTest::good)
                        .loads(line -> {
                            line.await(gate);
                            line.json("{\"done\":true,\"done_reason\":\"load\"}");
                        });
                TestServer server = TestServer.tiers(loops, ADMIN, cold);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/chat", CHAT);
            await("the load").until(() -> cold.loads().size() == 1);
            JsonNode now = status(server);
            assertThat(now.path("requests").asInt()).isEqualTo(1);
            assertThat(now.path("connections").asInt()).isEqualTo(1);
            assertThat(now.path("hosts").path(0).path("inFlight").asInt()).isEqualTo(1);
            assertThat(now.path("loads")).hasSize(1);
            assertThat(now.path("loads").path(0).path("host").asString()).isEqualTo("b1");
            assertThat(now.path("loads").path(0).path("model").asString()).isEqualTo("llama3.2:latest");
            gate.countDown();
            assertThat(client.read().complete()).isTrue();
            assertThat(status(server).path("loads")).isEmpty();
        }
    }

    @Test
    void aPullUnderWay_showsItsProgress() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x").plays(line -> {
                    line.send(STREAM);
                    line.chunk("{\"status\":\"pulling 0123\\u0007\",\"total\":100,\"completed\":40}\n");
                    line.await(gate);
                    line.host().install("phi:latest");
                    line.chunk("{\"status\":\"success\"}\n");
                    line.send("0\r\n\r\n");
                });
                TestServer server = TestServer.tiers(loops, ADMIN + ",\"manage\":true", backend);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/pull", "{\"model\":\"phi\"}").readHead();
            assertThat(client.readChunk()).isNotEmpty();
            JsonNode jobs = status(server).path("jobs");
            assertThat(jobs)
                    .singleElement()
                    .hasToString("{\"host\":\"b1\",\"call\":\"POST /api/pull\",\"model\":\"phi:latest\","
                            + "\"status\":\"pulling 0123?\",\"completed\":40,\"total\":100}");
            gate.countDown();
            assertThat(new String(client.readChunk(), StandardCharsets.UTF_8)).contains("success");
            await("its end")
                    .untilAsserted(() -> assertThat(status(server).path("jobs")).isEmpty());
        }
    }

    @Test
    void aModelWithDifferentContents_isAConflict() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest", "phi3:mini");
                ScriptedBackend two = ScriptedBackend.with("llama3.2:latest")) {
            two.digest("0123456789ab");
            try (TestServer server = TestServer.tiers(loops, ADMIN, one, two)) {
                assertThat(status(server).path("conflicts"))
                        .singleElement()
                        .hasToString(
                                "{\"model\":\"llama3.2:latest\",\"listed\":\"42d70b4958b0\",\"digests\":["
                                        + "{\"digest\":\"42d70b4958b0\",\"hosts\":[\"b1\"],\"modifiedAt\":\"2026-02-02T08:48:00+01:00\"},"
                                        + "{\"digest\":\"0123456789ab\",\"hosts\":[\"b2\"],\"modifiedAt\":\"2026-02-02T08:48:00+01:00\"}]}");
            }
        }
    }

    @Test
    void agentsAreNamed_andNoSecretIs() throws Exception {
        String hash = "2f5b1cbd1e6ea1e0b7a4b8e5b2a3a4f1d8e7c6b5a4938271605f4e3d2c1b0a99";
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.start(loops, """
                        {"listen":{"port":0},"admin":{"port":0},"backends":{"b1":{"url":"%s"},
                         "c1":{"url":"https://cloud.example/v1","dialect":"openai","apiKey":{"env":"ENV_WITH_KEY"}},
                         "c2":{"url":"https://other.example/v1","dialect":"openai","apiKey":{"file":"file.key"}}},
                         "routes":[{"models":["*"],"tiers":[["b1"]]}],
                         "agents":{"main":{},"ops":{"manage":true,"keys":["sha256:%s"],
                           "cloud":[{"backend":"c1","model":"large"}]}}}
                        """.formatted(backend.url(), hash))) {
            assertThat(status(server).path("agents"))
                    .extracting(row -> row.toString().replaceFirst(",\"budget\":.*", "}"))
                    .containsExactly(
                            "{\"name\":\"main\",\"needsKey\":false,\"manage\":false,\"cloud\":[]}",
                            "{\"name\":\"ops\",\"needsKey\":true,\"manage\":true,\"cloud\":[{\"backend\":\"c1\",\"model\":\"large\"}]}");
            assertThat(get(server, "/status").text())
                    .contains("https://cloud.example/v1")
                    .doesNotContain(hash, "sha256:2f", "ENV_WITH_KEY", "file.key");
        }
    }

    @Test
    void thePageNeedsNothingFromElsewhere_andItsPolicyAllowsNothingElse() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, ADMIN, backend)) {
            RawClient.Reply page = get(server, "/");
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.field("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(page.field("Cache-Control")).isEqualTo("no-store");
            assertThat(page.field("X-Content-Type-Options")).isEqualTo("nosniff");
            String policy = page.field("Content-Security-Policy");
            assertThat(policy)
                    .contains("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "*", "http");
            assertThat(policy).contains("style-src " + hash(page.text(), "style"));
            assertThat(policy).contains("script-src " + hash(page.text(), "script"));
            String withoutIcon = page.text().replaceFirst("<link rel=\"icon\" href=\"data:[^\"]*\">", "");
            assertThat(withoutIcon)
                    .doesNotContain("http://", "https://", "src=", "@import", "url(", "<link", "innerHTML", "style=");
        }
    }

    private static String hash(String page, String tag) throws Exception {
        Matcher inline = Pattern.compile("<" + tag + ">(.*?)</" + tag + ">", Pattern.DOTALL)
                .matcher(page);
        Assertions.assertThat(inline.find()).isTrue();
        byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(inline.group(1).getBytes(StandardCharsets.UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /status|405",
                "DELETE /|405",
                "OPTIONS /status|405",
                "OPTIONS *|405",
                "TRACE /|405",
                "GET /api/tags|404",
                "GET /status/|404",
                "GET /favicon.ico|404",
                "GET /healthz?verbose|200"
            })
    void onlyFourPagesAreThere_andTheyAreOnlyRead(String line, int expected) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x");
                TestServer server = TestServer.tiers(loops, ADMIN, backend)) {
            RawClient.Reply reply = send(server, line + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(reply.status()).isEqualTo(expected);
            assertThat(reply.field("Allow")).isEqualTo(expected == 405 ? "GET, HEAD" : null);
            assertThat(reply.field("Content-Type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(reply.field("Cache-Control")).isEqualTo("no-store");
            assertThat(reply.field("Content-Security-Policy")).startsWith("default-src 'none'");
        }
    }

    @Test
    void aConnectionServesOneRequestAfterTheOther_alsoWhenTheyComeTogether() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x");
                TestServer server = TestServer.tiers(loops, ADMIN, backend);
                RawClient client = new RawClient(server.server().adminPort())) {
            client.send(
                    "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /st");
            RawClient.Reply head = client.read(true);
            assertThat(head.status()).isEqualTo(200);
            assertThat(Integer.parseInt(head.field("Content-Length"))).isGreaterThan(1000);
            assertThat(client.read().text()).isEqualTo("alive\n");
            client.send("atus HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(client.read().text()).startsWith("{\"version\":");
            assertThat(client.awaitClose()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST / HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 5\\r\\n\\r\\nhello|405",
                "GET / HTTP/1.1\\r\\n\\r\\n|400",
                "GET /status HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\n\\r\\n|400",
                "GET /a b HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n|400",
                "CONNECT localhost:1 HTTP/1.1\\r\\nHost: localhost:1\\r\\nConnection: close\\r\\n\\r\\n|405"
            })
    void whatIsNoPlainQuestion_endsTheConnection(String request, int expected) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x");
                TestServer server = TestServer.tiers(loops, ADMIN, backend);
                RawClient client = new RawClient(server.server().adminPort())) {
            client.send(request.replace("\\r\\n", "\r\n"));
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(expected);
            assertThat(reply.field("Connection")).isEqualTo("close");
            assertThat(reply.field("Cache-Control")).isEqualTo("no-store");
            assertThat(client.awaitClose()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "evil.example,403",
        "evil.example:80,403",
        "localhost,200",
        "essaim.lan:11435,200",
        "192.168.1.230,200",
        "[::1]:1,200",
        "ai.example.org,200"
    })
    void aForeignNameIsRefused(String host, int expected) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x");
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0,\"allow\":[\"10.0.0.0/8\"],\"hosts\":[\"ai.example.org\"]},"
                                + "\"admin\":{\"port\":0},\"backends\":{\"b1\":{\"url\":\"" + backend.url()
                                + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}")) {
            RawClient.Reply reply = send(server, "GET /status HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertThat(reply.status()).isEqualTo(expected);
            assertThat(reply.text().contains("\"hosts\"")).isEqualTo(expected == 200);
        }
    }

    @Test
    void readyMeansThatAHostLives_andThatTheDoorIsOpen() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x").plays(line -> {
                    line.await(gate);
                    good(line);
                });
                TestServer server = TestServer.tiers(loops, ADMIN, backend);
                RawClient client = new RawClient(server.port())) {
            assertThat(get(server, "/readyz").text()).isEqualTo("ready\n");
            client.sendPost("/api/chat", CHAT.replace("llama3.2", "x"));
            await().until(() -> server.server().busy() == 1);
            assertThat(server.server().drain(Duration.ZERO)).isFalse();
            RawClient.Reply stopping = get(server, "/readyz");
            assertThat(stopping.status()).isEqualTo(503);
            assertThat(stopping.text()).isEqualTo("not ready: stopping\n");
            assertThat(get(server, "/healthz").status()).isEqualTo(200);
            assertThat(status(server).path("stopping").asBoolean()).isTrue();
        }
        ScriptedBackend gone = ScriptedBackend.with("x");
        gone.kill();
        try (TestServer server = TestServer.tiers(loops, ADMIN, gone)) {
            assertThat(get(server, "/readyz").status()).isEqualTo(503);
            assertThat(get(server, "/readyz").text()).isEqualTo("not ready: all hosts are down\n");
            assertThat(get(server, "/healthz").text()).isEqualTo("alive\n");
        }
    }

    @Test
    void theAdminPortMustBeFree_andThereIsNoneUnlessTheRulesWantOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String rules = "{\"listen\":{\"port\":0},\"admin\":{\"port\":" + taken.getLocalPort()
                    + "},\"backends\":{\"b1\":{\"url\":\"http://127.0.0.1:1\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}";
            var loaded = RulesLoader.load("test.json", rules.getBytes(StandardCharsets.UTF_8));
            Assertions.assertThatExceptionOfType(CannotListen.class)
                    .isThrownBy(
                            () -> EssaimServer.start(loaded, EssaimServer.Options.of(Transport.best(), loops, null)))
                    .withMessage(
                            "cannot listen on 127.0.0.1:" + taken.getLocalPort()
                                    + ": the port is in use (another Ollama or Essaim?); choose another admin.port in the rules");
        }
        try (ScriptedBackend backend = ScriptedBackend.with("x");
                TestServer server = TestServer.tiers(loops, "", backend)) {
            assertThat(server.server().adminPort()).isZero();
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Orders that change models: refused unless the rules allow them, done on every host that is meant, and told honestly. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class ManagementTest {
    private static final String PROGRESS = FailoverTest.HEAD;
    private static final String LAYER = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final String SUCCESS = "{\"status\":\"success\"}\n";

    @Parameter
    int loops;

    private static String layer(int completed, int total) {
        return "{\"status\":\"pulling 0123456789ab\",\"digest\":\"" + LAYER + "\",\"total\":" + total
                + ",\"completed\":" + completed + "}\n";
    }

    /** Two hosts with a route of their own for the model; everybody may manage. */
    private TestServer managed(ScriptedBackend dev2, ScriptedBackend pi) {
        return TestServer.start(
                loops,
                "{\"listen\":{\"port\":0},\"manage\":true,\"backends\":{\"dev2\":{\"url\":\"" + dev2.url()
                        + "\"},\"pi\":{\"url\":\"" + pi.url() + "\"}},\"routes\":[{\"models\":[\"llama3.2\"],\"tiers\":"
                        + "[[\"dev2\"],[{\"backend\":\"pi\",\"model\":\"llama3.2:1b\"}]]},"
                        + "{\"models\":[\"*\"],\"tiers\":[[\"dev2\",\"pi\"]]}]}");
    }

    private static RawClient.Reply ask(TestServer server, String method, String path, String fields, String body)
            throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "Content-Length: "
                    + body.length() + "\r\n\r\n" + body);
            return client.read();
        }
    }

    private static ScriptedBackend.Script answering(int status, String body) {
        return FailoverTest.answering(status + " X", "", body);
    }

    private static ScriptedBackend.Script deleting(String model) {
        return line -> {
            line.host().uninstall(model);
            answering(200, "").play(line);
        };
    }

    private static ScriptedBackend.Script installing(String model, ScriptedBackend.Script then) {
        return line -> {
            line.host().install(model);
            then.play(line);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/api/pull",
        "POST,/api/push",
        "POST,/api/create",
        "POST,/api/copy",
        "DELETE,/api/delete",
        "POST,/api/me",
        "POST,/api/signout",
        "POST,/api/blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    })
    void nothingIsAllowed_unlessTheRulesSaySo(String method, String path) throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, ",\"agents\":{\"ops\":{\"manage\":true}}", backend)) {
            RawClient.Reply reply = ask(server, method, path, "", "{\"model\":\"llama3.2\"}");
            assertThat(reply.status()).isEqualTo(403);
            assertThat(reply.text()).contains("agent \\\"default\\\" may not").contains("\\\"manage\\\": true");
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("not_allowed");
            assertThat(backend.requests()).isEmpty();
            assertThat(ask(server, method, "/agents/OPS" + path, "", "{\"model\":\"a b\"}")
                            .status())
                    .as("an agent that may")
                    .isNotEqualTo(403);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST|/api/pull||400|missing request body",
                "POST|/api/pull|{\"model\":\"a b\"}|400|invalid model name",
                "POST|/api/push|{}|400|model is required",
                "POST|/api/push|{\"model\":\"nope\"}|404|model 'nope' not found",
                "POST|/api/create|{\"model\":\"a b\",\"from\":\"llama3.2\"}|400|invalid model name",
                "POST|/api/copy|{\"source\":\"a b\",\"destination\":\"x\"}|400|source \"a b\" is invalid",
                "POST|/api/copy|{\"source\":\"llama3.2\",\"destination\":\"\"}|400|destination \"\" is invalid",
                "POST|/api/copy|{\"source\":\"nope\",\"destination\":\"x\"}|404|model \"nope\" not found",
                "DELETE|/api/delete|{\"model\":\"\"}|400|name \"\" is invalid",
                "DELETE|/api/delete|{\"model\":\"nope\"}|404|model 'nope' not found",
                "DELETE|/api/delete|[]|400|the body is not one JSON object"
            })
    void mistakes_areNamedInOllamasWords(String method, String path, String body, int status, String text)
            throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend pi = ScriptedBackend.with("llama3.2:1b");
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply reply = ask(server, method, path, "", body == null ? "" : body);
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.text()).isEqualTo("{\"error\":\"" + text.replace("\"", "\\\"") + "\"}");
            assertThat(reply.field("Content-Type")).isEqualTo("application/json; charset=utf-8");
        }
    }

    @Test
    void aModelMadeOfNothing_isRefusedInOllamasWordsAndType() throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend pi = ScriptedBackend.with("llama3.2:1b");
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply reply = ask(server, "POST", "/api/create", "", "{\"model\":\"mine\"}");
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).isEqualTo("{\"error\":\"neither 'from' or 'files' was specified\"}");
            assertThat(reply.field("Content-Type")).isEqualTo("application/json");
        }
    }

    @Test
    void aDeletion_reachesEveryHostThatHasTheModel_inItsOwnSpelling() throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("Phi:latest").plays(deleting("Phi:latest"));
                ScriptedBackend pi = ScriptedBackend.with("phi:latest").plays(deleting("phi:latest"));
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply reply = ask(server, "DELETE", "/api/delete", "", "{\"model\":\"\",\"name\":\"phi\"}");
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).isEmpty();
            assertThat(dev2.requests().get(0).bodyText()).isEqualTo("{\"model\":\"Phi:latest\"}");
            assertThat(pi.requests().get(0).bodyText()).isEqualTo("{\"model\":\"phi:latest\"}");
            assertThat(pi.requests().get(0).requestLine()).isEqualTo("DELETE /api/delete HTTP/1.1");
        }
    }

    @Test
    void aPartialCopy_saysWhoDidAndWhoDidNot() throws Exception {
        try (ScriptedBackend dev2 =
                        ScriptedBackend.with("phi:latest").plays(installing("phi2:latest", answering(200, "")));
                ScriptedBackend pi =
                        ScriptedBackend.with("phi:latest").plays(answering(500, "{\"error\":\"no space left\"}"));
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply reply =
                    ask(server, "POST", "/api/copy", "", "{\"source\":\"phi\",\"destination\":\"phi2\"}");
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).isEqualTo("{\"error\":\"done on dev2, but not on pi: no space left\"}");
            assertThat(dev2.requests().get(0).bodyText())
                    .isEqualTo("{\"source\":\"phi:latest\",\"destination\":\"phi2\"}");
        }
    }

    @Test
    void aNamedHost_isTheOnlyOne() throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("phi:latest").plays(deleting("phi:latest"));
                ScriptedBackend pi = ScriptedBackend.with("phi:latest").plays(deleting("phi:latest"));
                TestServer server = managed(dev2, pi)) {
            assertThat(ask(server, "DELETE", "/api/delete", "X-Essaim-Backend: pi\r\n", "{\"model\":\"phi\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(pi.requests()).hasSize(1);
            assertThat(dev2.requests()).isEmpty();
            assertThat(ask(server, "DELETE", "/api/delete", "X-Essaim-Backend: nas\r\n", "{\"model\":\"phi\"}")
                            .text())
                    .contains("there is no Ollama host nas");
        }
    }

    @Test
    void aPull_goesToTheHostsThatNeedTheModel_andDrawsOneBarPerLayer() throws Exception {
        CountDownLatch half = new CountDownLatch(1);
        try (ScriptedBackend dev2 = ScriptedBackend.with("x").plays(line -> {
                    line.send(PROGRESS);
                    line.chunk("{\"status\":\"pulling manifest\"}\n" + layer(40, 100));
                    line.await(half);
                    line.host().install("llama3.2:latest");
                    line.chunk(layer(100, 100) + SUCCESS);
                    line.send("0\r\n\r\n");
                });
                ScriptedBackend pi = ScriptedBackend.with("x").plays(line -> {
                    line.await(half);
                    line.host().install("llama3.2:1b");
                    line.send(PROGRESS);
                    line.chunk("{\"status\":\"pulling manifest\"}\n" + layer(100, 100) + SUCCESS);
                    line.send("0\r\n\r\n");
                });
                TestServer server = managed(dev2, pi);
                RawClient client = new RawClient(server.port())) {
            client.sendPost("/api/pull", "{\"name\":\"llama3.2\"}");
            assertThat(client.readHead().field("Content-Type")).isEqualTo("application/x-ndjson");
            assertThat(text(client)).isEqualTo("{\"status\":\"pulling manifest\"}\n");
            assertThat(text(client)).isEqualTo(layer(40, 200));
            half.countDown();
            List<String> rest = List.of(text(client), text(client), text(client));
            assertThat(rest.get(1)).isEqualTo(layer(200, 200));
            assertThat(rest.get(2)).isEqualTo(SUCCESS);
            assertThat(client.readChunk()).isEmpty();
            assertThat(dev2.requests().get(0).bodyText())
                    .isEqualTo("{\"model\":\"llama3.2\",\"insecure\":false,\"stream\":true}");
            assertThat(pi.requests().get(0).bodyText()).contains("\"llama3.2:1b\"");
        }
    }

    private static String text(RawClient client) throws Exception {
        return new String(client.readChunk(), StandardCharsets.UTF_8);
    }

    @Test
    void aPull_outlivesItsClient_andIsSharedByAllWhoAsk() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedBackend dev2 = ScriptedBackend.with("x").plays(line -> {
                    line.send(PROGRESS);
                    line.chunk(layer(40, 100));
                    line.await(gate);
                    line.host().install("phi:latest");
                    line.chunk(layer(100, 100) + SUCCESS);
                    line.send("0\r\n\r\n");
                });
                ScriptedBackend pi = ScriptedBackend.with("x");
                TestServer server = managed(dev2, pi)) {
            try (RawClient first = new RawClient(server.port())) {
                first.sendPost("/api/pull", "{\"model\":\"phi\"}").readHead();
                assertThat(text(first)).isEqualTo(layer(40, 100));
            }
            await("the client's departure is seen").until(() -> server.server().busy() == 0);
            try (RawClient second = new RawClient(server.port())) {
                second.sendPost("/api/pull", "{\"model\":\"PHI:latest\"}").readHead();
                assertThat(text(second)).as("told what is known at once").isEqualTo(layer(40, 100));
                gate.countDown();
                assertThat(text(second)).isEqualTo(layer(100, 100));
                assertThat(text(second)).isEqualTo(SUCCESS);
            }
            assertThat(dev2.requests()).as("one download").hasSize(1);
            assertThat(pi.requests()).as("a route for everything needs it once").isEmpty();
        }
    }

    @Test
    void aPullThatFails_saysSo_wholeAndStreamed() throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("x").plays(line -> {
                    line.send(PROGRESS);
                    line.chunk(
                            "{\"status\":\"pulling manifest\"}\n{\"error\":\"pull model manifest: file does not exist\"}\n");
                    line.send("0\r\n\r\n");
                });
                ScriptedBackend pi =
                        ScriptedBackend.with("x").plays(installing("llama3.2:1b", answering(200, SUCCESS)));
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply whole = ask(server, "POST", "/api/pull", "", "{\"model\":\"phi\",\"stream\":false}");
            assertThat(whole.status()).isEqualTo(500);
            assertThat(whole.text()).isEqualTo("{\"error\":\"pull model manifest: file does not exist\"}");
            RawClient.Reply streamed = ask(server, "POST", "/api/pull", "", "{\"model\":\"llama3.2\"}");
            assertThat(streamed.status()).isEqualTo(200);
            assertThat(streamed.text())
                    .endsWith(
                            "{\"error\":\"done on pi, but not on dev2: pull model manifest: file does not exist\"}\n");
        }
    }

    @Test
    void aCreation_runsWhereItsOriginIs_withItsBodyUnchanged() throws Exception {
        String steps = "{\"status\":\"using existing layer\"}\n{\"status\":\"writing manifest\"}\n" + SUCCESS;
        try (ScriptedBackend dev2 = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend pi = ScriptedBackend.with("phi:latest").plays(installing("mine:latest", line -> {
                    line.send(PROGRESS);
                    line.chunk(steps);
                    line.send("0\r\n\r\n");
                }));
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply reply = ask(
                    server,
                    "POST",
                    "/api/create",
                    "",
                    "{\"model\":\"mine\",\"from\":\"phi\",\"system\":\"Be brief.\"}");
            assertThat(reply.text()).isEqualTo(steps);
            assertThat(pi.requests().get(0).bodyText())
                    .isEqualTo("{\"model\":\"mine\",\"from\":\"phi\",\"system\":\"Be brief.\",\"stream\":true}");
            assertThat(dev2.requests()).isEmpty();
        }
    }

    @Test
    void aPush_goesToAHostThatHasTheModel() throws Exception {
        try (ScriptedBackend dev2 = ScriptedBackend.with("x");
                ScriptedBackend pi = ScriptedBackend.with("Me/Mine:latest").plays(answering(200, SUCCESS));
                TestServer server = managed(dev2, pi)) {
            RawClient.Reply reply = ask(server, "POST", "/api/push", "", "{\"model\":\"me/mine\",\"stream\":false}");
            assertThat(reply.text()).isEqualTo("{\"status\":\"success\"}");
            assertThat(pi.requests().get(0).requestLine()).isEqualTo("POST /api/push HTTP/1.1");
            assertThat(pi.requests().get(0).bodyText()).contains("\"model\":\"Me/Mine:latest\"");
        }
    }

    @Test
    void oneOrderAfterAnother_findsWhatTheFirstDid() throws Exception {
        try (SimulatedHost one = SimulatedHost.start(HostProfile.dev2().withTimeScale(100), "127.0.0.1", 0);
                SimulatedHost two = SimulatedHost.start(HostProfile.pi().withTimeScale(100), "127.0.0.1", 0);
                TestServer server = TestServer.start(
                        loops,
                        "{\"listen\":{\"port\":0},\"manage\":true,\"backends\":{\"one\":{\"url\":\"http://127.0.0.1:"
                                + one.port() + "\"},\"two\":{\"url\":\"http://127.0.0.1:" + two.port()
                                + "\"}},\"routes\":[{\"models\":[\"phi*\"],\"tiers\":[[\"one\"],[\"two\"]]}]}")) {
            RawClient.Reply pulled = ask(server, "POST", "/api/pull", "", "{\"model\":\"phi3\"}");
            assertThat(pulled.text())
                    .startsWith("{\"status\":\"pulling manifest\"}\n")
                    .endsWith(SUCCESS);
            RawClient.Reply copied =
                    ask(server, "POST", "/api/copy", "", "{\"source\":\"phi3\",\"destination\":\"mine\"}");
            assertThat(copied.status()).as(copied.text()).isEqualTo(200);
            assertThat(RawClient.get(server.port(), "/api/tags").text()).contains("phi3:latest", "mine:latest");
            assertThat(ask(server, "DELETE", "/api/delete", "", "{\"model\":\"mine\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(RawClient.get(server.port(), "/api/tags").text())
                    .contains("phi3:latest")
                    .doesNotContain("mine:latest");
            assertThat(ask(server, "DELETE", "/api/delete", "", "{\"model\":\"mine\"}")
                            .status())
                    .isEqualTo(404);
        }
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clouds over the wire: who gets there, with which key, and how often. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CloudRightsTest {
    @Parameter
    int loops;

    @TempDir
    Path directory;

    private CloudScene scene;

    @BeforeEach
    void prepare() throws IOException {
        scene = new CloudScene(loops, directory);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/api/chat", "/agents/main/api/chat", "/agents/nobody/api/chat", "/agents/default/api/chat"})
    void whoHasNoCloud_neverReachesOne(String path) throws Exception {
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply reply = RawClient.post(server.port(), path, CloudScene.CHAT);
            assertThat(reply.status()).isEqualTo(503);
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/chat", "/agents/nobody/api/chat", "/agents/default/api/chat"})
    void strangers_neverReachACloud_notEvenThatOfTheRuleTheyShare(String path) throws Exception {
        String generous = "},'default':{'cloud':[{'backend':'gemini','model':'gemini-2.5-flash'}]";
        scene.withoutHost(CloudScene::answers, CloudScene::answers, generous, (server, one, two) -> {
            RawClient.Reply reply = RawClient.post(server.port(), path, CloudScene.CHAT);
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.text()).contains("only agents that the rules name may use clouds");
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @Test
    void aRequestThatStays_isToldWhichRuleKeptIt() throws Exception {
        scene.withoutHost(
                CloudScene::answers,
                CloudScene::answers,
                "",
                (server, one, two) -> assertThat(RawClient.post(server.port(), "/agents/main/api/chat", CloudScene.CHAT)
                                .text())
                        .contains("no backend can run", "; agent main has no cloud in its rule"));
    }

    @Test
    void geminisAnswerToAWrongKey_isNotTheClients() throws Exception {
        Script wrong = line -> line.json(
                "400 Bad Request",
                "[{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\","
                        + "\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}]");
        scene.withoutHost(wrong, CloudScene::answers, "", (server, one, two) -> {
            for (int i = 0; i < 2; i++) {
                assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).field("X-Essaim-Backend"))
                        .isEqualTo("mistral");
            }
            assertThat(one.requests()).hasSize(1);
        });
    }

    @Test
    void anAnswerWithoutALimit_getsTheOneThatIsReserved() throws Exception {
        String budget = ",'budget':{'day':{'tokens':20000}}";
        scene.withoutHost(CloudScene::answers, CloudScene::answers, budget, (server, one, two) -> {
            CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(one.requests().get(0).bodyText()).contains("\"max_tokens\":8192");
        });
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(one.requests().get(0).bodyText()).doesNotContain("max_tokens");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"500", "reset", "cut", "429"})
    void aPromptThatMustStay_isOnNoSocketOfACloud_howeverTheHostFails(String how) throws Exception {
        Script bad = line -> {
            switch (how) {
                case "500" -> line.json("500 Internal Server Error", "{\"error\":\"no\"}");
                case "429" ->
                    line.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 2\r\n\r\n{}");
                case "reset" -> line.reset();
                default -> {
                    line.send(FailoverTest.HEAD);
                    line.close();
                }
            }
        };
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(bad);
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, one, two, "")) {
            for (int i = 0; i < 5; i++) {
                assertThat(RawClient.post(server.port(), "/agents/main/api/chat", CloudScene.CHAT)
                                .status())
                        .isGreaterThanOrEqualTo(400);
            }
            assertThat(one.connections() + two.connections()).isZero();
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).field("X-Essaim-Backend"))
                    .as("who may, does")
                    .isEqualTo("gemini");
        }
    }

    @Test
    void aNameThatNobodyKnows_isAMistake_unlessItIsTheClouds() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, one, two, "")) {
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT.replace("llama3.2", "lama3"))
                            .status())
                    .isEqualTo(404);
            assertThat(one.connections() + two.connections()).isZero();
            RawClient.Reply named =
                    CloudScene.ask(server, "/api/chat", CloudScene.CHAT.replace("llama3.2", "mistral-small"));
            assertThat(named.field("X-Essaim-Backend")).isEqualTo("mistral");
            assertThat(one.connections()).isZero();
            assertThat(RawClient.post(server.port(), "/api/chat", CloudScene.CHAT.replace("llama3.2", "mistral-small"))
                            .status())
                    .as("who may not")
                    .isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 402, 403})
    void aKeyThatIsNotAccepted_isNotShownAgain_untilItIsAnother(int status) throws Exception {
        Script guarded = line -> {
            if (String.valueOf(line.request().field("authorization")).contains("new-key")) {
                CloudScene.answers(line);
            } else {
                line.json(status + " No", "{\"error\":{\"message\":\"bad key " + CloudScene.KEY + "\"}}");
            }
        };
        scene.withoutHost(guarded, CloudScene::answers, "", (server, one, two) -> {
            for (int i = 0; i < 3; i++) {
                RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
                assertThat(reply.field("X-Essaim-Backend")).isEqualTo("mistral");
                String why = RawClient.get(server.server().adminPort(), "/why/" + reply.field("X-Essaim-Route-Id"))
                        .text();
                assertThat(why).doesNotContain(CloudScene.KEY);
            }
            assertThat(one.requests()).hasSize(1);
            Files.writeString(scene.key(), "the-new-key\n");
            await().untilAsserted(() -> assertThat(
                            CloudScene.ask(server, "/api/chat", CloudScene.CHAT).field("X-Essaim-Backend"))
                    .isEqualTo("gemini"));
        });
    }

    @Test
    void aKeyThatOthersCanRead_isNotUsed() throws Exception {
        Files.setPosixFilePermissions(scene.key(), PosixFilePermissions.fromString("rw-r--r--"));
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).status())
                    .isEqualTo(503);
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @Test
    void aCloudThatAsksForARest_getsIt() throws Exception {
        Script busy =
                line -> line.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 2\r\n\r\n{}");
        scene.withoutHost(busy, CloudScene::answers, "", (server, one, two) -> {
            CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).field("X-Essaim-Attempts"))
                    .isEqualTo("1");
            assertThat(one.requests()).hasSize(1);
        });
    }

    @Test
    void whatIsBeyondTheBudget_isRefusedInWordsThatSendOpenClawOn() throws Exception {
        scene.withoutHost(
                CloudScene::answers, CloudScene::answers, ",'budget':{'day':{'requests':1}}", (server, one, two) -> {
                    assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT)
                                    .status())
                            .isEqualTo(200);
                    RawClient.Reply refused = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
                    assertThat(refused.status()).isEqualTo(429);
                    assertThat(refused.field("X-Essaim-Reason")).isEqualTo("budget_exhausted");
                    assertThat(Integer.parseInt(refused.field("Retry-After"))).isPositive();
                    assertThat(refused.text()).contains("daily limit reached").contains("agent rssi");
                    assertThat(one.requests()).hasSize(1);
                    assertThat(two.connections()).isZero();
                });
    }

    @Test
    void aClientThatLeaves_endsTheCall_andNothingStaysReserved() throws Exception {
        Script slow = line -> {
            line.send(CloudScene.HEAD);
            line.chunk(CloudScene.FIRST);
            line.awaitDeparture();
        };
        scene.withoutHost(slow, CloudScene::answers, "", (server, one, two) -> {
            try (RawClient client = new RawClient(server.port())) {
                client.sendPost("/agents/rssi/api/chat", CloudScene.CHAT);
                await("the answer begins").until(() -> one.requests().size() == 1);
            }
            await("the cloud is left").until(() -> one.departures() == 1);
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
            assertThat(two.connections()).isZero();
        });
    }

    @Test
    void theKeyIsNowhere() throws Exception {
        Script echo = line ->
                line.json("500 Internal Server Error", "{\"error\":{\"message\":\"you sent " + CloudScene.KEY + "\"}}");
        scene.withoutHost(echo, echo, "", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
            int admin = server.server().adminPort();
            for (String text : new String[] {
                new String(reply.bytes(), StandardCharsets.UTF_8),
                RawClient.get(admin, "/status").text(),
                RawClient.get(admin, "/why").text(),
                RawClient.get(admin, "/why/" + reply.field("X-Essaim-Route-Id")).text()
            }) {
                assertThat(text).doesNotContain(CloudScene.KEY);
            }
        });
    }
}

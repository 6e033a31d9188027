package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.KeyHash;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The models of clouds in listings: who sees them, what he gets when he names one, and what everybody else gets. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class CloudRowsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String SHOW = "{\"model\":\"gemini-2.5-flash\"}";

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private CloudScene scene;

    @BeforeEach
    void prepare() throws IOException {
        scene = new CloudScene(loops, directory);
    }

    /** With a host that lives. */
    private void withHost(String more, CloudScene.Trial trial) throws Exception {
        try (ScriptedBackend host =
                        ScriptedBackend.with("llama3.2:latest", "phi:latest").plays(FailoverTest::good);
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, one, two, more)) {
            trial.run(server, one, two);
        }
    }

    private static JsonNode get(TestServer server, String path) throws IOException {
        RawClient.Reply reply = RawClient.get(server.port(), path);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return JSON.readTree(reply.text());
    }

    private static List<String> names(TestServer server, String agent) throws IOException {
        List<String> tags = new ArrayList<>();
        get(server, agent + "/api/tags")
                .path("models")
                .forEach(row -> tags.add(row.path("name").asString()));
        List<String> ids = new ArrayList<>();
        get(server, agent + "/v1/models")
                .path("data")
                .forEach(row -> ids.add(row.path("id").asString()));
        assertThat(ids).isEqualTo(tags);
        return tags;
    }

    private static String named(String model) {
        return CloudScene.CHAT.replace("llama3.2", model);
    }

    @Test
    void whoMayUseClouds_findsTheirModels_behindThoseOfTheHosts() throws Exception {
        withHost("", (server, one, two) -> {
            assertThat(names(server, "/agents/rssi"))
                    .containsExactly(
                            "llama3.2:latest", "phi:latest", "gemini-2.5-flash:latest", "mistral-small:latest");
            JsonNode row = get(server, "/agents/rssi/api/tags").path("models").path(2);
            assertThat(row.propertyNames())
                    .containsExactly(
                            "name", "model", "remote_model", "remote_host", "modified_at", "size", "digest", "details");
            assertThat(row.path("model")).isEqualTo(row.path("name"));
            assertThat(row.path("remote_model").asString()).isEqualTo("gemini-2.5-flash");
            assertThat(row.path("remote_host").asString()).isEqualTo(one.url().toString());
            assertThat(row.path("size").asLong()).isPositive();
            assertThat(row.path("digest").asString()).matches("[0-9a-f]{64}");
            JsonNode details = row.path("details");
            assertThat(details.path("family").asString()).isEqualTo("gemini");
            assertThat(details.path("families").path(0).asString()).isEqualTo("gemini");
            for (String text : List.of("parent_model", "format", "parameter_size", "quantization_level")) {
                assertThat(details.path(text).isString()).as(text).isTrue();
            }
            JsonNode single = get(server, "/agents/rssi/v1/models/gemini-2.5-flash");
            assertThat(single.path("id").asString()).isEqualTo("gemini-2.5-flash");
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @Test
    void showSaysWhereItRuns_andWhatItCanDo() throws Exception {
        withHost("", (server, one, two) -> {
            RawClient.Reply reply = CloudScene.ask(server, "/api/show", SHOW);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.field("Content-Type")).isEqualTo("application/json; charset=utf-8");
            JsonNode shown = JSON.readTree(reply.text());
            assertThat(shown.propertyNames())
                    .containsExactly(
                            "modelfile",
                            "parameters",
                            "template",
                            "details",
                            "remote_model",
                            "remote_host",
                            "model_info",
                            "capabilities",
                            "modified_at");
            assertThat(shown.path("remote_model").asString()).isEqualTo("gemini-2.5-flash");
            assertThat(shown.path("model_info").toString())
                    .isEqualTo("{\"general.architecture\":\"gemini\",\"general.basename\":\"gemini-2.5-flash\","
                            + "\"gemini.context_length\":32768}");
            assertThat(shown.path("capabilities").toString()).isEqualTo("[\"completion\",\"tools\",\"vision\"]");
            assertThat(one.connections() + two.connections()).isZero();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "mistral-small, mistral",
        "mistral-small:latest, mistral",
        "Mistral-Small, mistral",
        "gemini-2.5-flash, gemini",
        "rssi/mistral-small, mistral",
        "mistral-small:rssi, mistral",
        "eu, mistral"
    })
    void whoNamesOne_isAnsweredByIt_whetherHostsLiveOrNot(String model, String cloud) throws Exception {
        CloudScene.Trial trial = (server, one, two) -> {
            RawClient.Reply reply = RawClient.post(server.port(), "/agents/rssi/api/chat", named(model));
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo(cloud);
            assertThat(JSON.readTree(reply.text().split("\n")[0]).path("model").asString())
                    .isEqualTo(model);
            assertThat((cloud.equals("gemini") ? two : one).connections()).isZero();
            String generate = "{\"model\":\"" + model + "\",\"prompt\":\"hi\",\"stream\":false}";
            assertThat(CloudScene.ask(server, "/api/generate", generate).text()).contains("Bonjour");
            assertThat(CloudScene.budget(server, "tokens", "spent")).isEqualTo("20");
        };
        scene.saying(",'aliases':{'eu':'mistral-small'}");
        withHost("", trial);
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", trial);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/agents/main", "/agents/nobody", "/agents/default", "/agents/dev"})
    void everybodyElse_findsNothing_alsoAfterOneWhoMay(String agent) throws Exception {
        String others = "},'dev':{'models':['llama*','gemini*']},"
                + "'default':{'cloud':[{'backend':'gemini','model':'gemini-2.5-flash'}]";
        withHost(others, (server, one, two) -> {
            assertThat(names(server, "/agents/rssi")).contains("gemini-2.5-flash:latest");
            assertThat(CloudScene.ask(server, "/api/show", SHOW).status()).isEqualTo(200);
            CloudScene.ask(server, "/api/chat", named("gemini-2.5-flash"));
            int before = one.requests().size();

            assertThat(names(server, agent)).noneMatch(name -> name.contains("gemini") || name.contains("mistral"));
            assertThat(get(server, agent + "/api/ps").toString()).doesNotContain("gemini");
            String model = agent + "/v1/models/";
            assertThat(RawClient.get(server.port(), model + "gemini-2.5-flash").status())
                    .isEqualTo(404);
            for (String path : List.of("/api/show", "/api/chat", "/api/generate", "/v1/chat/completions")) {
                RawClient.Reply real = RawClient.post(server.port(), agent + path, named("gemini-2.5-flash"));
                RawClient.Reply made = RawClient.post(server.port(), agent + path, named("gemini-2.5-flush"));
                assertThat(real.status()).isEqualTo(404);
                assertThat(real.text()).contains("model 'gemini-2.5-flash' not found");
                assertThat(trace(real)).as("like a name that nobody has").isEqualTo(trace(made));
            }
            assertThat(one.requests()).hasSize(before);
        });
    }

    /** An answer without what is different in each, and in the names. */
    private static String trace(RawClient.Reply reply) {
        return reply.fields().stream()
                        .filter(line -> !line.startsWith("X-Essaim-Route-Id") && !line.startsWith("Date"))
                        .toList()
                + reply.text().replace("flush", "flash");
    }

    @Test
    void whoShowsNoKeyOfAnAgentThatHasOne_isToldOfNoCloud() throws Exception {
        String keys = ",'keys':['" + KeyHash.of("the-key") + "']";
        withHost(keys, (server, one, two) -> {
            assertThat(names(server, "/agents/rssi")).containsExactly("llama3.2:latest", "phi:latest");
            assertThat(CloudScene.ask(server, "/api/show", SHOW).status()).isEqualTo(404);
            assertThat(RawClient.get(server.port(), "/v1/models/rssi%2Fmistral-small")
                            .status())
                    .isEqualTo(404);
            RawClient.Reply unknown = CloudScene.ask(server, "/api/chat", named("nope"));
            RawClient.Reply refused = CloudScene.ask(server, "/api/chat", named("gemini-2.5-flash"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.text()).isEqualTo(unknown.text());
            assertThat(names(server, "/k/the-key")).contains("gemini-2.5-flash:latest");
            assertThat(RawClient.post(server.port(), "/k/the-key/api/show", SHOW)
                            .status())
                    .isEqualTo(200);
            assertThat(RawClient.get(server.port(), "/k/the-key/v1/models/mistral-small")
                            .status())
                    .isEqualTo(200);
            assertThat(one.connections()).isZero();
        });
    }

    @Test
    void aHostsModel_hidesTheCloudsOfThatName() throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("mistral-small:latest").plays(FailoverTest::good);
                ScriptedBackend one = CloudScene.cloud(CloudScene::answers);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, one, two, "")) {
            JsonNode rows = get(server, "/agents/rssi/api/tags").path("models");
            assertThat(rows.path(0).path("name").asString()).isEqualTo("mistral-small:latest");
            assertThat(rows.path(0).has("remote_host")).isFalse();
            assertThat(CloudScene.ask(server, "/api/chat", named("mistral-small"))
                            .field("X-Essaim-Backend"))
                    .isEqualTo("dev2");
        }
    }

    @Test
    void theModelsOfAnAgent_boundItsCloudsToo() throws Exception {
        withHost(",'models':['llama*','gemini-*']", (server, one, two) -> {
            assertThat(names(server, "/agents/rssi")).containsExactly("llama3.2:latest", "gemini-2.5-flash:latest");
            assertThat(CloudScene.ask(server, "/api/chat", named("mistral-small"))
                            .status())
                    .isEqualTo(404);
            assertThat(two.connections()).isZero();
        });
    }

    @Test
    void aNamedCloudThatFails_isNotReplacedByAnother_norByAHost() throws Exception {
        Script bad = line ->
                line.json("500 Internal Server Error", "{\"error\":{\"message\":\"you sent " + CloudScene.KEY + "\"}}");
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                ScriptedBackend one = CloudScene.cloud(bad);
                ScriptedBackend two = CloudScene.cloud(CloudScene::answers);
                TestServer server = scene.server(host, one, two, "")) {
            RawClient.Reply reply = CloudScene.ask(server, "/api/chat", named("gemini-2.5-flash"));
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.field("X-Essaim-Reason")).isEqualTo("no_healthy_backend");
            assertThat(reply.field("Retry-After")).isEqualTo("5");
            assertThat(reply.text())
                    .contains("no cloud can run gemini-2.5-flash now: gemini: ")
                    .doesNotContain(CloudScene.KEY);
            assertThat(two.connections()).isZero();
            assertThat(host.requests()).isEmpty();
        }
    }

    @Test
    void beyondTheBudget_itIsRefusedAsAlways() throws Exception {
        withHost(",'budget':{'day':{'requests':1}}", (server, one, two) -> {
            assertThat(CloudScene.ask(server, "/api/chat", named("mistral-small"))
                            .status())
                    .isEqualTo(200);
            RawClient.Reply refused = CloudScene.ask(server, "/api/chat", named("mistral-small"));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.field("X-Essaim-Reason")).isEqualTo("budget_exhausted");
            assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT).status())
                    .as("hosts cost nothing")
                    .isEqualTo(200);
            assertThat(two.requests()).hasSize(1);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/embed", "/v1/embeddings", "/v1/completions"})
    void whatNoCloudIsAsked_findsNoSuchModel(String path) throws Exception {
        withHost("", (server, one, two) -> {
            String body = "{\"model\":\"mistral-small\",\"input\":\"a\",\"prompt\":\"a\"}";
            assertThat(CloudScene.ask(server, path, body).status()).isEqualTo(404);
            assertThat(two.connections()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/chat|{'model':'%s','messages':[{'role':'user','content':'hi'}]}",
                "/api/chat|{'model':'%s','stream':false,'messages':[{'role':'user','content':'hi'}]}",
                "/api/generate|{'model':'%s','prompt':'hi'}",
                "/api/generate|{'model':'%s','stream':false,'prompt':'hi'}"
            })
    void whoNamedTheCloudsModel_readsInEveryLineWhereItRuns_nobodyElseDoes(String asked) throws Exception {
        String path = asked.substring(0, asked.indexOf('|'));
        String body = asked.substring(path.length() + 1).replace('\'', '"');
        withHost("", (server, one, two) -> {
            RawClient.Reply named = CloudScene.ask(server, path, body.formatted("gemini-2.5-flash"));
            assertThat(named.status()).as(named.text()).isEqualTo(200);
            for (String line : named.text().split("\n")) {
                assertThat(line)
                        .startsWith(
                                "{\"model\":\"gemini-2.5-flash\",\"remote_model\":\"gemini-2.5-flash\",\"remote_host\":\""
                                        + one.url() + "\",\"created_at\":\"");
            }
        });
        scene.withoutHost(CloudScene::answers, CloudScene::answers, "", (server, one, two) -> {
            RawClient.Reply stoodIn = CloudScene.ask(server, path, body.formatted("llama3.2"));
            assertThat(stoodIn.field("X-Essaim-Backend")).isEqualTo("gemini");
            assertThat(stoodIn.text()).contains("Bon").doesNotContain("remote_");
        });
    }
}

package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A proxy in front of two backends of one dialect, asked in this order: two hosts, or two clouds and a host that is dead. */
final class FailureScene {
    private static final JsonMapper JSON = new JsonMapper();

    private final CloudScene keys;
    private final int loops;
    private final Spoken spoken;

    FailureScene(int loops, Path directory, Spoken spoken) throws IOException {
        this.loops = loops;
        this.keys = new CloudScene(loops, directory);
        this.spoken = spoken;
    }

    /** What is done with the proxy and its two backends. */
    interface Trial {
        void run(TestServer server, ScriptedBackend one, ScriptedBackend two) throws Exception;
    }

    /** The second backend is a good one. */
    void run(Script one, String extra, Trial trial) throws Exception {
        run(one, spoken::good, extra, trial);
    }

    /** @param extra further members of the rules' top level, each with a comma before it, in single quotes */
    void run(Script one, Script two, String extra, Trial trial) throws Exception {
        String model = spoken.isCloud() ? "nothing" : "llama3.2:latest";
        try (ScriptedBackend dead = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend first = ScriptedBackend.with(model).plays(one);
                ScriptedBackend second = ScriptedBackend.with(model).plays(two)) {
            dead.kill();
            String rules = (spoken.isCloud() ? clouds(dead, first, second) : hosts(first, second)) + extra + "}";
            try (TestServer server = TestServer.start(loops, rules.replace('\'', '"'))) {
                trial.run(server, first, second);
            }
        }
    }

    private static String hosts(ScriptedBackend first, ScriptedBackend second) {
        return "{'listen':{'port':0},'admin':{'port':0},'backends':{'first':{'url':'" + first.url()
                + "','slots':4},'second':{'url':'" + second.url()
                + "','slots':4}},'routes':[{'models':['*'],'tiers':[['first'],['second']]}],'agents':{'rssi':{}}";
    }

    private String clouds(ScriptedBackend dead, ScriptedBackend first, ScriptedBackend second) {
        String cloud = "{'url':'%s/v1','dialect':'" + spoken.rule() + "','apiKey':{'file':'" + keys.key()
                + "'},'prices':{'*':{'input':10000,'output':10000}}}";
        return "{'listen':{'port':0},'admin':{'port':0},'backends':{'dev2':{'url':'" + dead.url() + "'},'first':"
                + cloud.formatted(first.url()) + ",'second':" + cloud.formatted(second.url())
                + "},'routes':[{'models':['*'],'tiers':[['dev2']]}],'agents':{'rssi':{'cloud':["
                + "{'backend':'first','model':'g'},{'backend':'second','model':'g'}]}}";
    }

    static RawClient.Reply chat(TestServer server) throws Exception {
        return CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
    }

    /** It is an answer of which nothing is missing, from this backend. */
    static void assertWhole(RawClient.Reply reply, String backend) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.complete()).isTrue();
        assertThat(reply.field("X-Essaim-Backend")).isEqualTo(backend);
        assertSaysAll(reply.text());
    }

    /** The lines say everything, and that it is everything. */
    static void assertSaysAll(String text) {
        StringBuilder words = new StringBuilder();
        JsonNode last = JSON.createObjectNode();
        for (String line : text.split("\n")) {
            last = JSON.readTree(line);
            assertThat(last.has("error")).as(text).isFalse();
            words.append(last.path("message").path("content").asString(""));
        }
        assertThat(words).hasToString("Bonjour");
        assertThat(last.path("done").asBoolean()).isTrue();
        assertThat(last.path("done_reason").asString()).isEqualTo("stop");
    }

    /** It is an error answer in Ollama's form, with these words. */
    static void assertRefused(RawClient.Reply reply, int status, String words) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.complete()).isTrue();
        assertThat(JSON.readTree(reply.text()).path("error").asString()).contains(words);
    }

    /** Everything that was reserved is spent or given back, and so much was spent; nothing to say of hosts. */
    void assertSpent(TestServer server, long tokens) throws Exception {
        if (spoken.isCloud()) {
            assertThat(CloudScene.budget(server, "tokens", "spent")).isEqualTo(String.valueOf(tokens));
            assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
        }
    }
}

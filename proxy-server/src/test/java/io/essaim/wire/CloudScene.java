package io.essaim.wire;

import io.essaim.api.Ticker;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A proxy whose agent {@code rssi} may use two clouds, and what these say. */
public final class CloudScene {
    private static final JsonMapper JSON = new JsonMapper();
    static final String KEY = "sk-canary-0123456789";
    static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    static final String WHOLE =
            "{\"model\":\"llama3.2\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    static final String FIRST = frame("{\"role\":\"assistant\",\"content\":\"Bon\"}", "null");
    static final String SECOND = frame("{\"content\":\"jour <b>\"}", "null");
    static final String LAST = frame("{}", "\"stop\"")
            + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"g\",\"choices\":[],"
            + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\ndata: [DONE]\n\n";
    static final String DOCUMENT =
            "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"g\",\"choices\":[{\"index\":0,"
                    + "\"message\":{\"role\":\"assistant\",\"content\":\"Bonjour <b>\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}";

    private final int loops;
    private final Path key;
    private String rules = "";
    private Ticker ticker = System::nanoTime;

    public CloudScene(int loops, Path directory) throws IOException {
        this.loops = loops;
        this.key = directory.resolve("cloud.key");
        Files.writeString(key, KEY + "\n");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    /** Says more at the top of the rules: members that begin with a comma. */
    CloudScene saying(String members) {
        rules = members;
        return this;
    }

    /** By this clock. */
    CloudScene by(Ticker clock) {
        ticker = clock;
        return this;
    }

    /** The file of the clouds' key. */
    Path key() {
        return key;
    }

    static String frame(String delta, String reason) {
        return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"g\",\"choices\":[{"
                + "\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + reason + "}]}\n\n";
    }

    static void chunks(ScriptedBackend.Line line, String... payloads) throws IOException {
        line.send(HEAD);
        for (String payload : payloads) {
            line.chunk(payload);
        }
        line.send("0\r\n\r\n");
    }

    public static ScriptedBackend cloud(Script script) {
        return ScriptedBackend.with().plays(script);
    }

    /** Streams to who asks for a stream, else the same in one document. */
    static void answers(ScriptedBackend.Line line) throws IOException {
        if (line.request().bodyText().contains("\"stream\":true")) {
            chunks(line, FIRST, SECOND, LAST);
        } else {
            line.json(DOCUMENT);
        }
    }

    TestServer server(ScriptedBackend host, ScriptedBackend one, ScriptedBackend two, String budget) {
        return server(host, "'weight':1", one, two, budget);
    }

    /**
     * @param about further keys of the host's rule
     * @param agent further keys of the agent's rule, each after a comma
     */
    public TestServer server(
            ScriptedBackend host, String about, ScriptedBackend one, ScriptedBackend two, String agent) {
        String cloud = "{'url':'%s/v1','dialect':'openai','apiKey':{'file':'" + key
                + "'},'prices':{'*':{'input':10000,'output':10000}}}";
        return TestServer.start(
                loops,
                ("{'listen':{'port':0},'admin':{'port':0},'backends':{'dev2':{'url':'" + host.url() + "'," + about
                                + "},'gemini':"
                                + cloud.formatted(one.url())
                                + ",'mistral':" + cloud.formatted(two.url())
                                + "},'routes':[{'models':['*'],'tiers':[['dev2']]}],'agents':{'main':{},'rssi':{"
                                + "'cloud':[{'backend':'gemini','model':'gemini-2.5-flash'},"
                                + "{'backend':'mistral','model':'mistral-small'}]" + agent + "}}" + rules + "}")
                        .replace('\'', '"'),
                ticker);
    }

    interface Trial {
        void run(TestServer server, ScriptedBackend one, ScriptedBackend two) throws Exception;
    }

    /** With a host that is dead, and two clouds. */
    void withoutHost(Script one, Script two, String budget, Trial trial) throws Exception {
        try (ScriptedBackend host = ScriptedBackend.with("llama3.2:latest").plays(FailoverTest::good);
                ScriptedBackend first = cloud(one);
                ScriptedBackend second = cloud(two)) {
            host.kill();
            try (TestServer server = server(host, first, second, budget)) {
                trial.run(server, first, second);
            }
        }
    }

    public static RawClient.Reply ask(TestServer server, String path, String body) throws Exception {
        return RawClient.post(server.port(), "/agents/rssi" + path, body);
    }

    static String budget(TestServer server, String of, String field) throws Exception {
        JsonNode status = JSON.readTree(
                RawClient.get(server.server().adminPort(), "/status").bytes());
        for (JsonNode agent : status.path("agents")) {
            for (JsonNode line : agent.path("budget")) {
                if (line.path("window").asString().equals("day")
                        && line.path("of").asString().equals(of)) {
                    return line.path(field).asString();
                }
            }
        }
        throw new AssertionError("no such line: " + status);
    }
}

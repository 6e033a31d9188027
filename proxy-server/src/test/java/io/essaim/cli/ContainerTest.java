package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.clients.GeminiFace;
import io.essaim.simulator.Capability;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.ModelSpec;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.Certificates;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container's Java has only the modules that {@code deploy/modules.txt} lists: with them, everything works. */
@Tag("external")
class ContainerTest {
    private static final Path LIST = Path.of("..", "deploy", "modules.txt");
    private static final String MODEL = "gpt-oss:20b";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Service providers, which no class names. */
    private static final Set<String> PROVIDERS = Set.of("jdk.crypto.ec");

    @TempDir
    Path directory;

    private static List<String> modules() throws IOException {
        return Files.readAllLines(LIST).stream()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .toList();
    }

    /** The classes and libraries of the jar: what the build put on the class path for more than tests. */
    private static List<String> shipped() {
        return Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1))
                .filter(path -> path.matches(".*/(proxy-core|proxy-server|fleet-simulator)/target/(classes|[^/]*\\.jar)"
                        + "|.*/(io/netty|ch/qos/logback|org/slf4j|tools/jackson|com/fasterxml/jackson/core/jackson-annotations|info/picocli"
                        + "|com/github/ben-manes|io/github/resilience4j)/.*\\.jar"))
                .filter(path -> !path.contains("netty-all"))
                .toList();
    }

    @Test
    void theListHoldsWhatJdepsFinds() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        List<String> line = new java.util.ArrayList<>(
                List.of("--multi-release", "17", "--ignore-missing-deps", "--print-module-deps", "-recursive"));
        line.addAll(shipped());
        int code =
                jdeps.run(new PrintStream(out, true, StandardCharsets.UTF_8), System.err, line.toArray(new String[0]));
        assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isZero();
        Set<String> found = new TreeSet<>(
                Arrays.asList(out.toString(StandardCharsets.UTF_8).strip().split(",", -1)));
        found.addAll(PROVIDERS);
        assertThat(new TreeSet<>(modules())).isEqualTo(found);
    }

    private Map<String, String> limited() throws IOException {
        return Map.of("JDK_JAVA_OPTIONS", "--limit-modules=" + String.join(",", modules()));
    }

    private int run(String... args) throws Exception {
        try (Child child = Child.start(directory, List.of(), limited(), args)) {
            int code = child.exitCode();
            assertThat(child.err()).doesNotContain("NoClassDefFoundError", "ClassNotFoundException");
            return code;
        }
    }

    @Test
    void everyRouteAnswers() throws Exception {
        HostProfile profile = HostProfile.dev2()
                .withTimeScale(200)
                .withModels(new ModelSpec(
                        MODEL,
                        5_000_000_000L,
                        "gptoss",
                        "20.9B",
                        "MXFP4",
                        40_960,
                        4096,
                        List.of(Capability.COMPLETION, Capability.TOOLS, Capability.THINKING, Capability.EMBEDDING)));
        int admin = freePort();
        try (SimulatedHost host = SimulatedHost.start(profile, "127.0.0.1", 0);
                GeminiFace gemini = GeminiFace.before(host.url(), MODEL)) {
            Path rules = Files.writeString(directory.resolve("rules.json"), """
                    {"listen":{"port":0},"admin":{"port":%4$d},"state":"state","manage":true,
                     "backends":{"host":{"url":"%1$s","slots":4},"nobody":{"url":"http://127.0.0.1:9"},
                       "openai":{"url":"%1$s/v1","dialect":"openai","capabilities":"openai"},
                       "anthropic":{"url":"http://localhost:%3$d","dialect":"anthropic"},
                       "gemini":{"url":"%5$s","dialect":"gemini"}},
                     "routes":[{"models":["%2$s","llama3.2:1b"],"tiers":[["host"]]},{"models":["*"],"tiers":[["nobody"]]}],
                     "agents":{
                       "openai":{"cloud":[{"backend":"openai","model":"%2$s"}],"budget":{"day":{"requests":100}}},
                       "anthropic":{"cloud":[{"backend":"anthropic","model":"%2$s"}],"budget":{"day":{"requests":100}}},
                       "gemini":{"cloud":[{"backend":"gemini","model":"g"}],"budget":{"day":{"requests":100}}}}}
                    """.formatted(
                            host.url(), MODEL, host.port(), admin, gemini.url()));
            assertThat(run("check", rules.toString())).isZero();
            try (Child proxy = Child.start(directory, List.of(), limited(), "serve", "--rules", rules.toString())) {
                int port = proxy.port();
                proxy.says("host is up");
                await().atMost(PATIENCE)
                        .until(() -> RawClient.get(port, "/api/tags").text().contains(MODEL));
                clientsRoutes(port);
                cloudsRoutes(port);
                String id =
                        RawClient.post(port, "/api/chat", chat(MODEL, false)).field("X-Essaim-Route-Id");
                for (String path : List.of(
                        "/", "/status", "/why", "/why/" + id, "/explain?model=" + MODEL, "/healthz", "/readyz")) {
                    assertThat(RawClient.get(admin, path).status()).as(path).isEqualTo(200);
                }
                assertThat(run("health", "--port", Integer.toString(port), "--rules", rules.toString()))
                        .isZero();
                assertThat(run("why", "--rules", rules.toString(), id)).isZero();
                assertThat(run("explain", "--rules", rules.toString(), "--model", MODEL))
                        .isZero();
                assertThat(run("budget", "--rules", rules.toString())).isZero();
                assertThat(run("models", "--rules", rules.toString())).isLessThan(2);
                assertThat(run("ps", "--rules", rules.toString())).isLessThan(2);
                proxy.terminate();
                assertThat(proxy.exitCode()).isZero();
                assertThat(proxy.err())
                        .doesNotContain("NoClassDefFoundError", "ClassNotFoundException", "a fault of the proxy");
            }
        }
    }

    private static String chat(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }

    private static void clientsRoutes(int port) throws IOException {
        for (String path : List.of("/", "/api/version", "/api/tags", "/api/ps", "/v1/models", "/v1/models/" + MODEL)) {
            RawClient.Reply reply = RawClient.get(port, path);
            assertThat(reply.status()).as(path).isEqualTo(200);
            assertThat(reply.complete()).as(path).isTrue();
        }
        assertThat(RawClient.get(port, "/api/status").status()).isLessThan(500);
        Map<String, String> bodies = Map.ofEntries(
                Map.entry("/api/show", "{\"model\":\"" + MODEL + "\"}"),
                Map.entry("/api/chat", chat(MODEL, true)),
                Map.entry("/api/generate", "{\"model\":\"" + MODEL + "\",\"prompt\":\"Hi\",\"stream\":false}"),
                Map.entry("/api/embed", "{\"model\":\"" + MODEL + "\",\"input\":\"Hi\"}"),
                Map.entry("/api/embeddings", "{\"model\":\"" + MODEL + "\",\"prompt\":\"Hi\"}"),
                Map.entry("/v1/chat/completions", chat(MODEL, true)),
                Map.entry("/v1/completions", "{\"model\":\"" + MODEL + "\",\"prompt\":\"Hi\"}"),
                Map.entry("/v1/embeddings", "{\"model\":\"" + MODEL + "\",\"input\":\"Hi\"}"),
                Map.entry("/v1/responses", "{\"model\":\"" + MODEL + "\",\"input\":\"Hi\"}"),
                Map.entry("/v1/messages", chat(MODEL, true)),
                Map.entry("/api/copy", "{\"source\":\"" + MODEL + "\",\"destination\":\"copied\"}"),
                Map.entry("/api/pull", "{\"model\":\"llama3.2:1b\",\"stream\":false}"),
                Map.entry("/api/create", "{\"model\":\"made\",\"from\":\"" + MODEL + "\",\"stream\":false}"));
        for (Map.Entry<String, String> route : new java.util.TreeMap<>(bodies).entrySet()) {
            RawClient.Reply reply = RawClient.post(port, route.getKey(), route.getValue());
            assertThat(reply.status()).as(route.getKey() + ": " + reply.text()).isEqualTo(200);
            assertThat(reply.complete()).as(route.getKey()).isTrue();
        }
        for (String path : List.of("/api/push", "/api/me", "/api/signout")) {
            assertThat(RawClient.post(port, path, "{\"model\":\"" + MODEL + "\",\"stream\":false}")
                            .complete())
                    .as(path)
                    .isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            client.send(
                    "DELETE /api/delete HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n{\"model\":\"copied\"}");
            assertThat(client.read().status()).isEqualTo(200);
        }
        try (RawClient client = new RawClient(port)) {
            client.send("HEAD /api/blobs/sha256:" + "0".repeat(64) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(404);
        }
    }

    private static void cloudsRoutes(int port) throws IOException {
        for (String cloud : List.of("openai", "anthropic", "gemini")) {
            for (String path : List.of("/api/chat", "/v1/chat/completions", "/v1/messages")) {
                for (boolean stream : new boolean[] {true, false}) {
                    RawClient.Reply reply = RawClient.post(port, "/agents/" + cloud + path, chat("elsewhere", stream));
                    assertThat(reply.status())
                            .as(cloud + path + ": " + reply.text())
                            .isEqualTo(200);
                    assertThat(reply.field("X-Essaim-Backend")).isEqualTo(cloud);
                    assertThat(reply.complete()).as(cloud + path).isTrue();
                }
            }
        }
    }

    @Test
    void tlsAndItsCertificatesWork() throws Exception {
        Certificates made = Certificates.make(directory);
        Path ca = made.pem("ours").getFileName();
        assertThat(run(
                        "cert",
                        "--host",
                        "localhost",
                        "--out",
                        directory.resolve("tls").toString()))
                .isZero();
        try (ScriptedBackend host = ScriptedBackend.secure(made.server("host"), "m")) {
            Path rules = Files.writeString(
                    directory.resolve("rules.json"),
                    "{\"listen\":{\"port\":0,\"tls\":{\"cert\":\"tls/server.pem\",\"key\":\"tls/server-key.pem\"}},"
                            + "\"backends\":{\"b1\":{\"url\":\"" + host.url() + "\",\"tls\":{\"ca\":\"" + ca
                            + "\"}}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
            try (Child proxy = Child.start(directory, List.of(), limited(), "serve", "--rules", rules.toString())) {
                proxy.says("b1 is up");
                assertThat(run("health", "--port", Integer.toString(proxy.port()), "--rules", rules.toString()))
                        .isZero();
                proxy.terminate();
                assertThat(proxy.exitCode()).isZero();
            }
        }
    }

    @Test
    void healthSaysWhatIsWrong() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0)) {
            Said said = Said.by("health", "--port", Integer.toString(deaf.getLocalPort()));
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).contains("port " + deaf.getLocalPort() + ", /api/tags");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }
}

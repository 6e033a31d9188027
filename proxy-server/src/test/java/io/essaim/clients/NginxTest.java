package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.config.IpLiteral;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ServerPair;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** The real nginx in front, with the configuration and the rules of {@code docs/how-to/behind-nginx.md}. */
@Tag("external")
@Isolated("reads the log of the JVM")
class NginxTest {
    private static final Path PAGE = Path.of("..", "docs", "how-to", "behind-nginx.md");
    private static final String ALLOWED = "127.0.0.2";
    private static final String OTHER = "127.0.0.3";
    private static final String CHAT = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String TOKEN = "{\"message\":{\"role\":\"assistant\",\"content\":\"%d\"},\"done\":false}\n";
    private static final String DONE = "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true}\n";

    @TempDir
    Path directory;

    private final Logger access = (Logger) LoggerFactory.getLogger("io.essaim.access");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private ServerPair pair;
    private Process nginx;
    private int port;

    @BeforeEach
    void begin() throws Exception {
        Needed.orSkip(program() != null, "the test with nginx in front", "install nginx");
        pair = new ServerPair(directory).renew();
        lines.start();
        access.setLevel(Level.INFO);
        access.addAppender(lines);
    }

    @AfterEach
    void end() throws Exception {
        access.detachAppender(lines);
        if (nginx != null) {
            nginx.destroy();
            assertThat(nginx.waitFor(20, TimeUnit.SECONDS)).as("nginx ends").isTrue();
        }
    }

    /** Debian keeps it where not everybody looks. */
    private static String program() {
        return Stream.of("/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx")
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse(null);
    }

    private static String block(String language) throws IOException {
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }

    private static String with(String text, String said, String instead) {
        assertThat(text).as("the page says so").contains(said);
        return text.replace(said, instead);
    }

    private TestServer server(ScriptedBackend backend) throws Exception {
        String rules = block("json");
        rules = with(rules, "\"port\": 11434", "\"port\": 0");
        rules = with(rules, "192.168.1.0/24", ALLOWED);
        rules = with(rules, "http://192.168.1.231:11434", backend.url().toString());
        return TestServer.start(2, rules);
    }

    private void start(int essaim) throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String site = block("nginx");
        site = with(site, "server 127.0.0.1:11434;", "server 127.0.0.1:" + essaim + ";");
        site = with(site, "listen 443 ssl;", "listen 127.0.0.1:" + port + " ssl;");
        site = with(site, "/etc/essaim/certs", directory.toString());
        boolean root = "root".equals(System.getProperty("user.name"));
        StringBuilder whole = new StringBuilder(root ? "user root;\n" : "")
                .append("daemon off;\nworker_processes 1;\nerror_log stderr;\npid " + directory + "/nginx.pid;\n")
                .append("events { worker_connections 256; }\nhttp {\naccess_log off;\n");
        for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            whole.append(kind + "_temp_path " + directory + "/" + kind + ";\n");
        }
        Path file = Files.writeString(directory.resolve("nginx.conf"), whole + site + "}\n");
        Path log = directory.resolve("nginx.log");
        nginx = new ProcessBuilder(program(), "-p", directory.toString(), "-c", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        await("nginx listens").atMost(20, TimeUnit.SECONDS).until(() -> {
            assertThat(nginx.isAlive()).as(Needed.read(log)).isTrue();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }

    private RawClient from(String address) throws Exception {
        InetAddress own = IpLiteral.address(address).orElseThrow();
        return new RawClient(pair.over(new Socket(InetAddress.getLoopbackAddress(), port, own, 0)));
    }

    private RawClient.Reply chat(String address, String path, String fields) throws Exception {
        try (RawClient client = from(address)) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "Content-Length: "
                            + CHAT.length() + "\r\n\r\n" + CHAT)
                    .read();
        }
    }

    @Test
    void tokensArriveOneByOne_andAClientThatLeavesFreesItsHost() throws Exception {
        CountDownLatch[] seen = {new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1)};
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(HEAD);
                    for (int i = 0; i < seen.length; i++) {
                        line.chunk(TOKEN.formatted(i));
                        line.await(seen[i]);
                    }
                    line.chunk(DONE);
                    line.send("0\r\n\r\n");
                });
                TestServer server = server(backend)) {
            start(server.port());
            try (RawClient client = from(ALLOWED)) {
                client.sendPost("/api/chat", CHAT);
                assertThat(client.readHead().status()).isEqualTo(200);
                for (int i = 0; i < seen.length; i++) {
                    assertThat(client.readChunk()).asString().isEqualTo(TOKEN.formatted(i));
                    seen[i].countDown();
                }
                assertThat(client.readChunk()).asString().isEqualTo(DONE);
                assertThat(client.readChunk()).isEmpty();
            }
            backend.plays(line -> {
                line.send(HEAD);
                line.chunk(TOKEN.formatted(0));
                line.awaitDeparture();
            });
            try (RawClient client = from(ALLOWED)) {
                client.sendPost("/api/chat", CHAT).readHead();
                assertThat(client.readChunk()).isNotEmpty();
            }
            await("the host sees the departure").until(() -> backend.departures() == 1);
            backend.plays(line -> {
                line.send(HEAD);
                line.chunk(TOKEN.formatted(0));
                line.close();
            });
            RawClient.Reply broken = chat(ALLOWED, "/api/chat", "");
            assertThat(broken.complete())
                    .as("what breaks off has no proper end")
                    .isFalse();
            assertThat(broken.text()).contains("the answer is incomplete");
        }
    }

    @Test
    void addressesKeysAndTheLogAreThoseOfTheClient_whateverItClaims() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest").plays(line -> {
                    line.send(HEAD);
                    line.chunk(DONE);
                    line.send("0\r\n\r\n");
                });
                TestServer server = server(backend)) {
            start(server.port());
            assertThat(chat(ALLOWED, "/api/chat", "").status()).isEqualTo(200);
            await().until(() -> !lines.list.isEmpty());
            assertThat(lines.list.get(0).getFormattedMessage()).contains(" client=" + ALLOWED + " ");
            for (String forged : List.of(
                    "",
                    "X-Forwarded-For: " + ALLOWED + "\r\n",
                    "X-Forwarded-For: " + ALLOWED + ", 127.0.0.1\r\n",
                    "X-Forwarded-For: " + ALLOWED + "\r\nForwarded: for=" + ALLOWED + "\r\n",
                    "Forwarded: for=" + ALLOWED + "\r\n")) {
                RawClient.Reply refused = chat(OTHER, "/api/chat", forged);
                assertThat(refused.status()).as(forged).isEqualTo(403);
                assertThat(refused.text()).contains("connections from this address are not allowed");
            }
            assertThat(chat(ALLOWED, "/api/chat", "X-Forwarded-For: \"unknown\r\n")
                            .status())
                    .as("what a client writes shuts it out of nothing")
                    .isEqualTo(200);
            assertThat(chat(ALLOWED, "/agents/rssi/api/chat", "").status()).isEqualTo(401);
            assertThat(chat(ALLOWED, "/agents/rssi/api/chat", "Authorization: Bearer test\r\n")
                            .status())
                    .isEqualTo(200);
            assertThat(backend.requests()).hasSize(3).allMatch(request -> request.field("X-Forwarded-For") == null);
        }
    }
}

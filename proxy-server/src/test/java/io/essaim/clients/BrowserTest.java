package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin page in a real browser: what a person sees once its script has run under its policy. */
@Tag("external")
class BrowserTest {
    @TempDir
    Path directory;

    @BeforeEach
    void chromiumIsInstalled() {
        Needed.orSkip(Needed.hasCommand("chromium"), "the admin page in a browser", "install chromium");
    }

    /** The document after the script has asked for the first time. */
    private String seen(int port) throws IOException, InterruptedException {
        Path document = directory.resolve("document.html");
        Process chromium = new ProcessBuilder(List.of(
                        "chromium",
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-sync",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--no-first-run",
                        "--user-data-dir=" + directory.resolve("profile"),
                        "--virtual-time-budget=1500",
                        "--dump-dom",
                        "http://127.0.0.1:" + port + "/"))
                .redirectError(directory.resolve("errors.txt").toFile())
                .redirectOutput(document.toFile())
                .start();
        try {
            assertThat(chromium.waitFor(90, TimeUnit.SECONDS))
                    .as("chromium ends")
                    .isTrue();
        } finally {
            chromium.destroyForcibly().waitFor();
        }
        String whole = Needed.read(document);
        assertThat(whole).as(Needed.read(directory.resolve("errors.txt"))).contains("<script>");
        return whole.substring(0, whole.indexOf("<script>"));
    }

    @Test
    void thePageShowsTheHosts_andRunsNothingThatTheySay() throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend two = ScriptedBackend.with("llama3.2:latest", "phi3:mini")) {
            two.digest("<b>0123</b>");
            try (TestServer server =
                    TestServer.tiers(1, ",\"admin\":{\"port\":0},\"agents\":{\"main\":{}}", one, two)) {
                assertThat(seen(server.server().adminPort()))
                        .contains("<span class=\"state good\">up</span>")
                        .contains("<span class=\"name\">phi3:mini</span>")
                        .contains("<span class=\"good\">in memory</span>")
                        .contains("0 under way")
                        .contains("4 slots per model")
                        .contains("Same name, different contents", "&lt;b&gt;0123")
                        .contains("<p>main</p>")
                        .contains("<p id=\"notice\" role=\"status\" class=\"\"></p>");
            }
        }
    }

    @Test
    void thePageSaysSo_whenItCannotAsk() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("x");
                TestServer server = TestServer.tiers(1, ",\"admin\":{\"port\":0}", backend)) {
            byte[] page = RawClient.get(server.server().adminPort(), "/").bytes();
            HttpServer sick = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            sick.createContext("/", exchange -> {
                boolean asked = exchange.getRequestURI().getPath().equals("/status");
                exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
                exchange.sendResponseHeaders(asked ? 502 : 200, asked ? -1 : page.length);
                if (!asked) {
                    exchange.getResponseBody().write(page);
                }
                exchange.close();
            });
            sick.start();
            try {
                assertThat(seen(sick.getAddress().getPort()))
                        .contains("<title>no answer · Essaim</title>")
                        .contains("Essaim cannot be asked (it answers 502). Trying again every 2 s.");
            } finally {
                sick.stop(0);
            }
        }
    }
}

package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code essaim health} asks where the proxy is, which need not be 127.0.0.1. */
class HealthCommandTest {
    @TempDir
    Path directory;

    /** The rules of a proxy with one host; the ports are 0 at its start, and known afterwards. */
    private static String rules(ScriptedBackend host, String listen, int port, String admin, int adminPort) {
        return "{\"listen\":{\"host\":\"" + listen + "\",\"port\":" + port + "},\"admin\":{\"host\":\"" + admin
                + "\",\"port\":" + adminPort + "},\"backends\":{\"b1\":{\"url\":\"" + host.url()
                + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}";
    }

    private Path file(String rules) throws IOException {
        return Files.writeString(directory.resolve("rules.json"), rules);
    }

    @Test
    void theRulesSayWhereThePortAndTheAdminPageAre() throws IOException {
        try (ScriptedBackend host = ScriptedBackend.with("m");
                TestServer server = TestServer.start(1, rules(host, "127.0.0.3", 0, "127.0.0.2", 0))) {
            int port = server.port();
            int admin = server.server().adminPort();
            Path file = file(rules(host, "127.0.0.3", port, "127.0.0.2", admin));
            Said well = Said.by("health", "--rules", file.toString());
            assertThat(well.code()).as(well.err()).isZero();
            file(rules(host, "127.0.0.3", port, "127.0.0.4", admin));
            Said elsewhere = Said.by("health", "--rules", file.toString());
            assertThat(elsewhere.code()).isEqualTo(1);
            assertThat(elsewhere.err()).contains("port " + admin + " of 127.0.0.4, /readyz");
        }
    }

    @Test
    void ofAListenerAtEveryAddress_loopbackIsAsked_andANamedPortIsLoopbacks() throws IOException {
        try (ScriptedBackend host = ScriptedBackend.with("m");
                TestServer server = TestServer.start(1, rules(host, "127.0.0.1", 0, "127.0.0.1", 0))) {
            int port = server.port();
            int admin = server.server().adminPort();
            Path file = file(rules(host, "0.0.0.0", port, "0.0.0.0", admin));
            Said everywhere = Said.by("health", "--rules", file.toString());
            assertThat(everywhere.code()).as(everywhere.err()).isZero();
            // As in the container, where serve is told another address than the rules have.
            file(rules(host, "127.0.0.3", 1, "127.0.0.1", admin));
            Said named = Said.by("health", "--port", Integer.toString(port), "--rules", file.toString());
            assertThat(named.code()).as(named.err()).isZero();
        }
    }

    @Test
    void withoutALivingHostTheProxyIsNotReady_butAnswers() throws IOException {
        try (ScriptedBackend host = ScriptedBackend.with("m");
                TestServer server = TestServer.start(1, rules(host, "127.0.0.1", 0, "127.0.0.1", 0))) {
            Path file = file(rules(
                    host,
                    "127.0.0.1",
                    server.port(),
                    "127.0.0.1",
                    server.server().adminPort()));
            host.kill();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(Said.by("health", "--rules", file.toString())
                                    .code())
                            .isEqualTo(1));
            assertThat(Said.by("health", "--rules", file.toString()).err()).contains("/readyz: HTTP/1.1 503");
            assertThat(Said.by("health", "--port", Integer.toString(server.port()))
                            .code())
                    .isZero();
        }
    }
}

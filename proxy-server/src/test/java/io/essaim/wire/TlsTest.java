package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.essaim.config.RulesLoader;
import io.essaim.fleet.Backend;
import io.essaim.server.EssaimServer;
import io.essaim.testing.Certificates;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import io.essaim.transport.TlsFault;
import io.essaim.transport.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose certificate a backend may show: chain, host name and pin are looked at before it is sent a byte. */
class TlsTest {
    private static final String RULES = """
            {"listen":{"port":0},"canaries":false,"backends":{"b1":{"url":"%s"%s}},"routes":[{"models":["*"],"tiers":[["b1"]]}]}
            """;
    private static final String OF_A_CLOUD = """
            {"listen":{"port":0},"backends":{"dead":{"url":"http://127.0.0.1:1"},
              "c":{"url":"%s/v1","dialect":"openai","tls":%s}},"routes":[{"models":["*"],"tiers":[["dead"]]}],
             "agents":{"rssi":{"cloud":[{"backend":"c","model":"g"}]}}}
            """;

    @TempDir
    static Path directory;

    private static Certificates made;

    @BeforeAll
    static void make() throws Exception {
        made = Certificates.make(directory);
    }

    private static ScriptedBackend host(SSLContext tls) {
        return ScriptedBackend.secure(tls, "llama3.2:latest").plays(FailoverTest::good);
    }

    private static String ca(String name) throws Exception {
        return "\"ca\":\"" + made.pem(name) + "\"";
    }

    private static String pin(String... names) throws Exception {
        StringBuilder pins = new StringBuilder();
        for (String name : names) {
            pins.append(pins.isEmpty() ? "" : ",")
                    .append('"')
                    .append(made.pin(name))
                    .append('"');
        }
        return "\"pin\":[" + pins + "]";
    }

    private static void works(ScriptedBackend backend, String tls) throws Exception {
        try (TestServer server = TestServer.start(2, RULES.formatted(backend.url(), ",\"tls\":{" + tls + "}"))) {
            assertThat(server.backend("b1").health()).as(tls).isEqualTo(Backend.Health.UP);
            RawClient.Reply reply = RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT);
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.field("X-Essaim-Backend")).isEqualTo("b1");
        }
    }

    /** The host is found down by the probe, for this reason, and is sent nothing. */
    private static void refused(ScriptedBackend backend, String tls, String why) throws Exception {
        int before = backend.requests().size();
        try (TestServer server = TestServer.start(2, RULES.formatted(backend.url(), tls))) {
            assertThat(server.backend("b1").health()).isEqualTo(Backend.Health.DOWN);
            assertThat(server.backend("b1").ailment()).contains(why);
            assertThat(RawClient.post(server.port(), "/api/chat", FailoverTest.CHAT)
                            .status())
                    .isGreaterThanOrEqualTo(500);
        }
        assertThat(backend.requests()).hasSize(before);
    }

    @Test
    void whoIsSignedByTheNamedAuthority_isAsked() throws Exception {
        try (ScriptedBackend backend = host(made.server("host"))) {
            works(backend, ca("ours"));
            works(backend, "\"ca\":\"" + made.pem("other", "ours") + "\"");
            works(backend, "\"ca\":\"" + made.pem("host") + "\"");
            refused(backend, ",\"tls\":{" + ca("other") + "}", "signed by nobody who is trusted here");
            refused(backend, "", "signed by nobody who is trusted here");
        }
    }

    @Test
    void theKeyOfTheServer_orOfWhoSignedForIt_canBePinned() throws Exception {
        try (ScriptedBackend backend = host(made.server("host", "other"))) {
            works(backend, ca("ours") + "," + pin("host"));
            works(backend, ca("ours") + "," + pin("other", "ours"));
            refused(
                    backend,
                    ",\"tls\":{" + ca("ours") + "," + pin("elsewhere") + "}",
                    "has not the pinned key (tls.pin): its key is sha256:");
            refused(backend, ",\"tls\":{" + ca("ours") + "," + pin("other") + "}", "has not the pinned key");
            refused(backend, ",\"tls\":{" + pin("host") + "}", "signed by nobody who is trusted here");
        }
    }

    @Test
    void aCertificateForAnotherName_isRefused_howeverWellSignedAndPinned() throws Exception {
        try (ScriptedBackend backend = host(made.server("elsewhere"))) {
            refused(
                    backend,
                    ",\"tls\":{" + ca("ours") + "," + pin("elsewhere") + "}",
                    "its certificate is not for this host: No subject alternative DNS name matching localhost found");
        }
    }

    @Test
    void aCloudIsSentNothing_beforeItHasShownWhoItIs() throws Exception {
        String chat = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        try (ScriptedBackend cloud = ScriptedBackend.secure(made.server("host")).plays(CloudScene::answers)) {
            try (TestServer server = TestServer.start(
                    2, OF_A_CLOUD.formatted(cloud.url(), "{" + ca("ours") + "," + pin("other") + "}"))) {
                RawClient.Reply reply = RawClient.post(server.port(), "/agents/rssi/api/chat", chat);
                assertThat(reply.status()).isGreaterThanOrEqualTo(500);
                assertThat(cloud.requests()).isEmpty();
            }
            try (TestServer server = TestServer.start(
                    2, OF_A_CLOUD.formatted(cloud.url(), "{" + ca("ours") + "," + pin("host") + "}"))) {
                RawClient.Reply reply = RawClient.post(server.port(), "/agents/rssi/api/chat", chat);
                assertThat(reply.status()).as(reply.text()).isEqualTo(200);
                assertThat(reply.field("X-Essaim-Backend")).isEqualTo("c");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            absent.pem  |                                                         | is not there
            empty.pem   | ''                                                      | holds no certificate
            garbage.pem | nothing of the kind                                     | holds
            broken.pem  | -----BEGIN CERTIFICATE-----:QUJD:-----END CERTIFICATE----- | holds something else than certificates in PEM
            """)
    void aFileThatIsNoUse_keepsTheProxyFromStarting(String name, String text, String why) throws Exception {
        Path file = directory.resolve(name);
        if (text != null) {
            Files.writeString(file, text.replace(':', '\n'));
        }
        var rules = RulesLoader.load(
                "test.json",
                RULES.formatted("https://127.0.0.1:1", ",\"tls\":{\"ca\":\"" + file + "\"}")
                        .getBytes(StandardCharsets.UTF_8));
        assertThatExceptionOfType(TlsFault.class)
                .isThrownBy(() -> EssaimServer.start(rules, EssaimServer.Options.of(Transport.best(), 1, null)))
                .withMessageStartingWith("backends.b1.tls.ca: " + file + " " + why);
    }
}

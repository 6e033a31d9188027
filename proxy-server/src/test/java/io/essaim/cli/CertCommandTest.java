package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ServerPair;
import io.essaim.testing.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code essaim cert} makes holds before the JDK's and openssl's judgement, and serves clients. */
class CertCommandTest {
    @TempDir
    Path directory;

    private Said cert(String... arguments) {
        List<String> all = new java.util.ArrayList<>(List.of("cert", "--out", directory.toString()));
        all.addAll(List.of(arguments));
        return Said.by(all.toArray(new String[0]));
    }

    private X509Certificate read(String file) throws Exception {
        byte[] text = Files.readAllBytes(directory.resolve(file));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(text));
    }

    private void valid(X509Certificate server, X509Certificate ca) throws Exception {
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(server));
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca, null)));
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX").validate(path, parameters);
    }

    @Test
    void makesAnAuthorityAndAPair_thatJavaFindsGood() throws Exception {
        Said said = cert("--host", "Essaim.lan", "--host", "192.168.1.230", "--host", "fd00::230", "--days", "30");
        assertThat(said.code()).as(said.err()).isZero();
        X509Certificate ca = read("ca.pem");
        X509Certificate server = read("server.pem");
        valid(server, ca);
        ca.verify(ca.getPublicKey());
        assertThat(ca.getBasicConstraints()).isZero();
        assertThat(ca.getKeyUsage()).containsExactly(false, false, false, false, false, true, true, false, false);
        assertThat(ca.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
        assertThat(server.getBasicConstraints()).isEqualTo(-1);
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(server.getKeyUsage()[0]).isTrue();
        assertThat(server.getSubjectAlternativeNames().stream().map(name -> String.valueOf(name.get(1))))
                .containsExactly("essaim.lan", "192.168.1.230", "fd00:0:0:0:0:0:0:230");
        assertThat(server.getSerialNumber().bitLength()).isGreaterThan(64);
        assertThat(Duration.between(Instant.now(), server.getNotAfter().toInstant()))
                .isBetween(Duration.ofDays(29), Duration.ofDays(30));
        assertThat(said.out())
                .contains(
                        "\"tls\": { \"cert\": \"" + directory.resolve("server.pem"), "--cacert", "NODE_EXTRA_CA_CERTS");
        assertThat(rights("ca-key.pem")).isEqualTo("rw-------");
        assertThat(rights("server-key.pem")).isEqualTo("rw-------");
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("ca.pem", "ca-key.pem", "server.pem", "server-key.pem");
        }
    }

    private String rights(String file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(file)));
    }

    @Test
    void renews_withTheSameAuthority_andNeverBeyondItsEnd() throws Exception {
        cert("--host", "essaim.lan");
        X509Certificate ca = read("ca.pem");
        X509Certificate before = read("server.pem");
        assertThat(cert("--host", "essaim.lan", "--host", "10.0.0.1").code()).isZero();
        assertThat(read("ca.pem")).isEqualTo(ca);
        assertThat(read("server.pem").getSerialNumber()).isNotEqualTo(before.getSerialNumber());
        valid(read("server.pem"), ca);
        assertThat(read("server.pem").getNotAfter()).isBefore(ca.getNotAfter());
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        assertThat(cert().err()).contains("--host");
        assertThat(cert("--host", "no_name").err()).contains("--host no_name: not a host name or IP address");
        assertThat(cert("--host", "a", "--days", "826").err()).contains("1 to 825");
        cert("--host", "a");
        Files.delete(directory.resolve("ca-key.pem"));
        Said halved = cert("--host", "a");
        assertThat(halved.code()).isEqualTo(Main.EXIT_USAGE);
        assertThat(halved.err()).contains("ca-key.pem is not there; to begin with a new authority");
    }

    @Test
    void opensslAgrees() throws Exception {
        boolean there = new ProcessBuilder("sh", "-c", "command -v openssl >/dev/null")
                        .start()
                        .waitFor()
                == 0;
        Assumptions.assumeTrue(there, "openssl is not installed");
        cert("--host", "essaim.lan", "--host", "10.0.0.1");
        for (List<String> name :
                List.of(List.of("-verify_hostname", "essaim.lan"), List.of("-verify_ip", "10.0.0.1"))) {
            List<String> line = new java.util.ArrayList<>(
                    List.of("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem"));
            line.addAll(name);
            line.add("server.pem");
            assertThat(run(line)).isEqualTo("server.pem: OK\n");
        }
        assertThat(run(List.of("openssl", "verify", "-CAfile", "ca.pem", "-verify_hostname", "else.lan", "server.pem")))
                .doesNotContain("server.pem: OK");
        assertThat(run(List.of("openssl", "pkey", "-in", "server-key.pem", "-check", "-noout")))
                .contains("Key is valid");
    }

    private String run(List<String> line) throws Exception {
        Path out = directory.resolve("openssl.out");
        Process process = new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(out);
    }

    @Test
    void servesClients_andHealthLooksThroughIt() throws Exception {
        cert("--host", "localhost");
        SSLContext client = ServerPair.trusting(read("ca.pem"));
        try (ScriptedBackend backend = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.start(
                        2,
                        "{\"listen\":{\"port\":0,\"tls\":{\"cert\":\"" + directory.resolve("server.pem")
                                + "\",\"key\":\"" + directory.resolve("server-key.pem")
                                + "\"}},\"backends\":{\"b1\":{\"url\":\"" + backend.url()
                                + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}")) {
            Socket under = new Socket(InetAddress.getLoopbackAddress(), server.port());
            try (SSLSocket socket = (SSLSocket)
                            client.getSocketFactory().createSocket(under, "localhost", server.port(), true);
                    RawClient one = new RawClient(socket)) {
                assertThat(one.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .read()
                                .status())
                        .isEqualTo(200);
            }
            String port = String.valueOf(server.port());
            assertThat(Said.by("health", "--port", port, "--tls").code()).isZero();
            assertThat(Said.by("health", "--port", port).code()).isEqualTo(1);
        }
    }
}

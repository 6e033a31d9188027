package io.essaim.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.cert.Authority;
import io.essaim.config.Listen;
import io.essaim.config.RulesLoader;
import io.essaim.testing.ServerPair;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Which pairs of certificate and key are taken, at the start and while the proxy runs, and what the log says. */
@Isolated("reads the log of the JVM")
class ServerTlsTest {
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final Logger log = (Logger) LoggerFactory.getLogger(ServerTls.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private ServerPair pair;

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    };

    @BeforeEach
    void begin() throws Exception {
        pair = new ServerPair(directory);
        lines.start();
        log.setLevel(Level.INFO);
        log.addAppender(lines);
    }

    @AfterEach
    void end() {
        log.detachAppender(lines);
    }

    private Authority.Signed sign(Duration life) throws Exception {
        return pair.sign(NOON, life, "localhost");
    }

    private ServerTls tls() throws Exception {
        String rules = "{\"listen\":{\"tls\":{\"cert\":\"server.pem\",\"key\":\"server-key.pem\"}},"
                + "\"backends\":{\"a\":{\"url\":\"http://a\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"a\"]]}]}";
        Listen listen = RulesLoader.load("test.json", rules.getBytes(StandardCharsets.UTF_8))
                .listen();
        return ServerTls.of(listen, directory, clock);
    }

    private List<String> said() {
        List<String> said =
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        lines.list.clear();
        return said;
    }

    private void refused(String why) {
        assertThatExceptionOfType(TlsFault.class).isThrownBy(this::tls).withMessageContaining(why);
    }

    @Test
    void aPairThatIsNoUse_keepsTheProxyFromStarting_andSaysWhy() throws Exception {
        refused("listen.tls.cert: server.pem is not there");
        Authority.Signed good = sign(Duration.ofDays(90));
        pair.put(good.certificate());
        refused("listen.tls.key: server-key.pem is not there");
        pair.put(sign(Duration.ofDays(90)).key());
        refused("server-key.pem is not the key of the first certificate in server.pem");
        pair.put(good.key());
        tls();
        Files.setPosixFilePermissions(pair.key(), PosixFilePermissions.fromString("rw-r--r--"));
        refused("can be read by others (chmod 600)");
        String whole = ServerPair.pem("PRIVATE KEY", good.key().getEncoded());
        pair.put(pair.key(), whole.substring(0, whole.length() / 2));
        refused("holds no private key in PEM, or only a part of one");
        pair.put(pair.key(), whole.replace("PRIVATE", "EC PRIVATE"));
        refused("openssl pkcs8 -topk8");
        pair.put(pair.key(), whole.replace("PRIVATE", "ENCRYPTED PRIVATE"));
        refused("is protected by a password");
        pair.put(pair.key(), ServerPair.pem("PRIVATE KEY", new byte[] {1, 2, 3}));
        refused("neither EC nor RSA nor Ed25519");
        for (String kind : List.of("RSA", "Ed25519")) {
            pair.put(KeyPairGenerator.getInstance(kind).generateKeyPair().getPrivate());
            refused("is not the key of the first certificate");
        }
        pair.put(good.key());
        pair.put(pair.cert(), "");
        refused("holds no certificate");
        pair.put(good.certificate(), sign(Duration.ofDays(9)).certificate());
        refused("certificate 1 is not signed by the one behind it");
        pair.put(good.certificate(), pair.authority().certificate());
        now.set(NOON.minus(Duration.ofDays(1)));
        refused("begins only at");
        now.set(NOON.plus(Duration.ofDays(91)));
        refused("server.pem has ended at 2026-08-30T12:00:00Z");
    }

    @Test
    void whileItRuns_onlyAGoodPairIsTaken_andEachRefusalIsSaidOnce() throws Exception {
        pair = new ServerPair(directory);
        Authority.Signed first = sign(Duration.ofDays(90));
        pair.put(first);
        try (ServerTls tls = tls()) {
            var before =
                    tls.handshake(UnpooledByteBufAllocator.DEFAULT).engine().getSession();
            assertThat(before).isNotNull();
            tls.look();
            assertThat(said()).isEmpty();
            Authority.Signed next = sign(Duration.ofDays(60));
            pair.put(next.key());
            tls.look();
            tls.look();
            assertThat(said())
                    .containsExactly("listen.tls.key: server-key.pem is not the key of the first certificate in"
                            + " server.pem; the certificate from before stays in use, until 2026-08-30T12:00:00Z");
            pair.put(next.certificate());
            tls.look();
            tls.look();
            assertThat(said())
                    .containsExactly("listen.tls.cert: server.pem is read again: it holds until 2026-07-31T12:00:00Z");
            Files.delete(pair.cert());
            tls.look();
            tls.look();
            pair.put(pair.sign(NOON.minus(Duration.ofDays(9)), Duration.ofDays(8), "localhost"));
            tls.look();
            tls.look();
            assertThat(said())
                    .containsExactly(
                            "listen.tls.cert: server.pem is not there; the certificate from before stays in use,"
                                    + " until 2026-07-31T12:00:00Z",
                            "listen.tls.cert: server.pem has ended at 2026-05-31T12:00:00Z; the certificate from"
                                    + " before stays in use, until 2026-07-31T12:00:00Z");
            pair.put(next);
            tls.look();
            assertThat(said()).hasSize(1).allMatch(line -> line.contains("is read again"));
        }
    }

    @Test
    void theEndIsAnnounced_aMonthAWeekAndADayBefore_andOnceEach() throws Exception {
        pair.put(sign(Duration.ofDays(90)));
        try (ServerTls tls = tls()) {
            for (int day = 0; day <= 92; day++) {
                now.set(NOON.plus(Duration.ofDays(day)).plusSeconds(60));
                tls.look();
                String warning = tls.warning();
                List<String> said = said();
                switch (day) {
                    case 60, 83, 89 ->
                        assertThat(said)
                                .as("day " + day)
                                .containsExactly("listen.tls.cert: server.pem ends at 2026-08-30T12:00:00Z");
                    case 90 ->
                        assertThat(said)
                                .containsExactly("listen.tls.cert: server.pem has ended at 2026-08-30T12:00:00Z");
                    default -> assertThat(said).as("day " + day).isEmpty();
                }
                assertThat(warning == null).isEqualTo(day < 60);
            }
        }
    }

    @Test
    void onlyModernProtocolsAndSuitesAreOffered_andTheHandshakeIsBounded() throws Exception {
        pair.put(sign(Duration.ofDays(90)));
        try (ServerTls tls = tls()) {
            var handler = tls.handshake(UnpooledByteBufAllocator.DEFAULT);
            assertThat(handler.getHandshakeTimeoutMillis()).isEqualTo(10_000);
            assertThat(handler.engine().getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.3", "TLSv1.2");
            assertThat(handler.engine().getEnabledCipherSuites())
                    .hasSizeGreaterThanOrEqualTo(7)
                    .allMatch(suite -> suite.matches(
                            "TLS_(ECDHE_(RSA|ECDSA)_WITH_)?(AES_(128|256)_GCM|CHACHA20_POLY1305)_SHA(256|384)"));
        }
    }
}

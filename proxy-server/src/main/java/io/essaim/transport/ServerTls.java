package io.essaim.transport;

import io.essaim.config.KeyPairFiles;
import io.essaim.config.Listen;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that clients are shown. Once {@link #follow} was called, a thread of its own reads the files again every second;
 * what is new and good holds for connections that begin from then on, what is bad changes nothing but for a line in the log.
 *
 * <p>TLS 1.3, and 1.2 with the suites that have forward secrecy and authenticated encryption (Mozilla's "intermediate" list
 * without finite-field DHE). Any thread.
 */
public final class ServerTls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
    private static final long PAUSE_SECONDS = 1;
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final Duration LAST_WORD = Duration.ofSeconds(1);
    /** Days before the end of a certificate at which that is said. */
    private static final List<Integer> NOTICES = List.of(0, 1, 7, 30);
    /** Where containers get theirs; the file's mode is not the operator's choice there. */
    private static final Path MOUNTED = Path.of("/run/secrets");

    private static final List<String> SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    static {
        // A TLS 1.2 client that renegotiates again and again has the server do the dear half of the work; nobody needs
        // it.
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    private final String certName;
    private final String keyName;
    private final Path certFile;
    private final Path keyFile;
    private final Clock clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Pair pair;

    // Owned by the constructor, then by the thread.
    private byte[] certRead = {};
    private byte[] keyRead = {};
    private String problem = "";
    private int noticed = Integer.MAX_VALUE;

    /** A certificate with its key, ready for use. */
    private record Pair(SslContext context, Instant end) {}

    private ServerTls(KeyPairFiles files, Path directory, Clock clock) throws TlsFault {
        this.certName = "listen.tls.cert: " + files.cert();
        this.keyName = "listen.tls.key: " + files.key();
        this.certFile = directory.toAbsolutePath().resolve(files.cert());
        this.keyFile = directory.toAbsolutePath().resolve(files.key());
        this.clock = clock;
        this.certRead = Pem.read(certName, certFile);
        this.keyRead = Pem.read(keyName, keyFile);
        this.pair = made();
    }

    /**
     * Reads what the rules name.
     *
     * @param directory that relative paths in the rules begin at
     * @param clock tells whether a certificate holds
     * @return null when the rules want plain HTTP
     * @throws TlsFault when the files cannot be used
     */
    public static @Nullable ServerTls of(Listen listen, Path directory, Clock clock) throws TlsFault {
        KeyPairFiles files = listen.tls();
        return files == null ? null : new ServerTls(files, directory, clock);
    }

    /** Keeps an eye on the files from now on, once, until {@link #close}; says when the certificate is about to end. */
    public void follow() {
        notice();
        Thread reader = new Thread(this::run, "essaim-certificate");
        reader.setDaemon(true);
        reader.start();
    }

    private void run() {
        try {
            while (!closing.await(PAUSE_SECONDS, TimeUnit.SECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread. The certificate stays. */
    @Override
    public void close() {
        closing.countDown();
    }

    /** A first handler for a connection that has just come in. */
    public ChannelHandler handler() {
        return new FirstByte(this);
    }

    SslHandler handshake(ByteBufAllocator alloc) {
        SslHandler handler = pair.context.newHandler(alloc);
        handler.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
        handler.setCloseNotifyFlushTimeoutMillis(LAST_WORD.toMillis());
        return handler;
    }

    /** What there is to say of the end of the certificate; null while it is more than 30 days away. */
    public @Nullable String warning() {
        long days = daysLeft();
        return days >= 30 ? null : certName + (days < 0 ? " has ended at " : " ends at ") + pair.end;
    }

    private long daysLeft() {
        return Math.floorDiv(Duration.between(clock.instant(), pair.end).toSeconds(), TimeUnit.DAYS.toSeconds(1));
    }

    /** Reads the files, and takes what is in them if it is new and good. */
    void look() {
        try {
            byte[] cert = Pem.read(certName, certFile);
            byte[] key = Pem.read(keyName, keyFile);
            boolean same = Arrays.equals(cert, certRead) && Arrays.equals(key, keyRead);
            if (!same || !problem.isEmpty()) {
                certRead = cert;
                keyRead = key;
                pair = made();
                noticed = Integer.MAX_VALUE;
                problem = "";
                LOG.info("{} is read again: it holds until {}", certName, pair.end);
            }
        } catch (TlsFault e) {
            String now = String.valueOf(e.getMessage());
            if (!now.equals(problem)) {
                LOG.warn("{}; the certificate from before stays in use, until {}", now, pair.end);
            }
            problem = now;
        }
        notice();
    }

    private void notice() {
        long days = daysLeft();
        for (int notice : NOTICES) {
            if (days < notice && notice < noticed) {
                noticed = notice;
                LOG.warn(warning());
            }
        }
    }

    private Pair made() throws TlsFault {
        List<X509Certificate> chain = Pem.certificates(certName, certRead);
        refuseOpenToOthers();
        PrivateKey key = Pem.key(keyName, keyRead);
        X509Certificate own = chain.get(0);
        if (!Pem.belong(own.getPublicKey(), key)) {
            throw new TlsFault(keyName + " is not the key of the first certificate in " + certFile.getFileName());
        }
        Instant now = clock.instant();
        for (X509Certificate one : chain) {
            if (now.isAfter(one.getNotAfter().toInstant())) {
                throw new TlsFault(
                        certName + " has ended at " + one.getNotAfter().toInstant());
            }
            if (now.isBefore(one.getNotBefore().toInstant())) {
                throw new TlsFault(
                        certName + " begins only at " + one.getNotBefore().toInstant());
            }
        }
        checkOrder(chain);
        Instant end = chain.stream()
                .map(one -> one.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
        return new Pair(context(chain, key), end);
    }

    /** RFC 8446 4.4.2: the own certificate first; many clients want each to be signed by the next. */
    private void checkOrder(List<X509Certificate> chain) throws TlsFault {
        for (int i = 0; i + 1 < chain.size(); i++) {
            try {
                chain.get(i).verify(chain.get(i + 1).getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new TlsFault(
                        certName + " is no chain: certificate " + (i + 1) + " is not signed by the one behind it");
            }
        }
    }

    private void refuseOpenToOthers() throws TlsFault {
        PosixFileAttributeView posix = Files.getFileAttributeView(keyFile, PosixFileAttributeView.class);
        try {
            if (posix != null
                    && !keyFile.startsWith(MOUNTED)
                    && posix.readAttributes().permissions().contains(PosixFilePermission.OTHERS_READ)) {
                throw new TlsFault(keyName + " can be read by others (chmod 600)");
            }
        } catch (IOException e) {
            throw new TlsFault(keyName + " cannot be read");
        }
    }

    private SslContext context(List<X509Certificate> chain, PrivateKey key) throws TlsFault {
        try {
            return SslContextBuilder.forServer(key, chain)
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .ciphers(SUITES, SupportedCipherSuiteFilter.INSTANCE)
                    .build();
        } catch (SSLException | IllegalArgumentException e) { // its message may quote the key
            throw new TlsFault(certName + " and its key cannot be used for TLS");
        }
    }
}

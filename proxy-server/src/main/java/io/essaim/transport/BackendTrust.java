package io.essaim.transport;

import io.essaim.config.BackendRule;
import io.essaim.config.Rules;
import io.essaim.config.TlsRule;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The accepted certificates of each backend, read once from the rules and the files that they name. Chain and host
 * name are always verified; nothing here can switch that off. Immutable; any thread.
 */
public final class BackendTrust {
    private final Map<Server, Own> own;

    /** What holds for a backend whose rule says something. */
    private record Own(X509ExtendedTrustManager verifier, SslContext context) {}

    /** Which server it holds for: a name alone may be given to another one when the rules change. */
    private record Server(String name, URI url, @Nullable TlsRule tls) {
        static Server of(BackendRule backend) {
            return new Server(backend.name(), backend.url(), backend.tls());
        }
    }

    private BackendTrust(Map<Server, Own> own) {
        this.own = own;
    }

    /**
     * Reads what the rules name.
     *
     * @param directory that relative paths in the rules begin at
     * @throws TlsFault when a file cannot be read or holds no certificate
     */
    public static BackendTrust of(Rules rules, Path directory) throws TlsFault {
        Map<Server, Own> own = new HashMap<>();
        for (BackendRule backend : rules.backends().values()) {
            TlsRule rule = backend.tls();
            if (rule != null) {
                X509ExtendedTrustManager verifier = verifier(backend.name(), rule, directory);
                own.put(Server.of(backend), new Own(verifier, made(verifier)));
            }
        }
        return new BackendTrust(Map.copyOf(own));
    }

    /** For connections of an event loop to this backend; null when it has a rule of its own, and is none of these rules' backends. */
    public @Nullable SslContext context(BackendRule backend) {
        Own its = own.get(Server.of(backend));
        return its != null ? its.context : backend.tls() == null ? Usual.CONTEXT : null;
    }

    /** The same for the JDK's own clients; null where Java's usual one will do. */
    public @Nullable SSLContext ofJdk(BackendRule backend) {
        Own its = own.get(Server.of(backend));
        if (its == null) {
            return null;
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {its.verifier}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    /** Made on first use: reading the certificates takes a tenth of a second that a fleet without TLS need not wait. */
    private static final class Usual {
        static final SslContext CONTEXT = made(null);
    }

    private static SslContext made(@Nullable X509ExtendedTrustManager verifier) {
        try {
            return SslContextBuilder.forClient()
                    .trustManager(verifier)
                    .endpointIdentificationAlgorithm("HTTPS")
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    private static X509ExtendedTrustManager verifier(String backend, TlsRule rule, Path directory) throws TlsFault {
        String ca = rule.ca();
        X509ExtendedTrustManager verifier;
        try {
            verifier = verifier(
                    ca == null ? null : anchors("backends." + backend + ".tls.ca: " + ca, directory.resolve(ca)));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot verify certificates", e);
        }
        return rule.pins().isEmpty() ? verifier : new PinnedTrust(verifier, rule.pins());
    }

    private static X509ExtendedTrustManager verifier(@Nullable KeyStore anchors) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static KeyStore anchors(String where, Path file) throws TlsFault, GeneralSecurityException, IOException {
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        int number = 0;
        for (Certificate one : Pem.certificates(where, Pem.read(where, file))) {
            anchors.setCertificateEntry("ca-" + number++, one);
        }
        return anchors;
    }
}

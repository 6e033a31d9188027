package io.essaim.testing;

import io.essaim.cert.Authority;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** An authority, and a certificate and key of a proxy in files of a directory, which can be replaced. */
public final class ServerPair {
    private final Path directory;
    private final Authority authority;

    public ServerPair(Path directory) throws Exception {
        this.directory = directory;
        this.authority = Authority.make(Instant.now());
    }

    public Path cert() {
        return directory.resolve("server.pem");
    }

    public Path key() {
        return directory.resolve("server-key.pem");
    }

    public Authority authority() {
        return authority;
    }

    /** A new pair for these hosts, signed at that time and for so long. */
    public Authority.Signed sign(Instant now, Duration life, String... hosts) throws Exception {
        return authority.sign(List.of(hosts), now, life);
    }

    /** Makes a good pair for loopback and puts it into the files. */
    public ServerPair renew() throws Exception {
        put(sign(Instant.now(), Duration.ofDays(90), "localhost", "127.0.0.1", "::1"));
        return this;
    }

    public void put(Authority.Signed pair) throws Exception {
        put(pair.key());
        put(pair.certificate());
    }

    public void put(PrivateKey made) throws IOException {
        put(key(), pem("PRIVATE KEY", made.getEncoded()));
    }

    public void put(Certificate... made) throws Exception {
        StringBuilder text = new StringBuilder();
        for (Certificate one : made) {
            text.append(pem("CERTIFICATE", one.getEncoded()));
        }
        put(cert(), text.toString());
    }

    /** Replaces a file as a whole; only its owner may read it. */
    public void put(Path file, String text) throws IOException {
        Path fresh = Files.writeString(directory.resolve("fresh"), text);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }

    public static String pem(String what, byte[] encoded) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(encoded)
                + "\n-----END " + what + "-----\n";
    }

    /** The members of {@code listen} that name the files. */
    public String rule() {
        return "\"tls\":{\"cert\":\"" + cert() + "\",\"key\":\"" + key() + "\"}";
    }

    /** TLS of a client that trusts the authority and nobody else. */
    public SSLContext client() throws Exception {
        return trusting(authority.certificate());
    }

    /** TLS of a client that trusts this certificate and nobody else. */
    public static SSLContext trusting(Certificate ca) throws Exception {
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        anchors.setCertificateEntry("ca", ca);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /**
     * Speaks TLS over a connection, once the certificate was found good for localhost.
     *
     * @param protocols that may be spoken; none for the usual ones
     */
    public SSLSocket over(Socket socket, String... protocols) throws Exception {
        SSLSocket secure =
                (SSLSocket) client().getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        if (protocols.length > 0) {
            secure.setEnabledProtocols(protocols);
        }
        var parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }
}

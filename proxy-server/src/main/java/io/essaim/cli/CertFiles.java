package io.essaim.cli;

import io.essaim.cert.Authority;
import io.essaim.transport.Pem;
import io.essaim.transport.TlsFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directory of {@code essaim cert}: {@code ca.pem}, {@code ca-key.pem}, {@code server.pem}, {@code server-key.pem}. A file is
 * replaced as a whole, and a key is never readable by anybody but its owner, not for a moment.
 */
record CertFiles(Path directory) {
    private static final int LINE = 64;

    Path ca() {
        return directory.resolve("ca.pem");
    }

    Path caKey() {
        return directory.resolve("ca-key.pem");
    }

    Path server() {
        return directory.resolve("server.pem");
    }

    Path serverKey() {
        return directory.resolve("server-key.pem");
    }

    /** The authority that is there; null when there is none yet. */
    @Nullable
    Authority authority() throws Main.Complaint {
        if (!Files.exists(ca()) && !Files.exists(caKey())) {
            return null;
        }
        try {
            List<X509Certificate> found = Pem.certificates(ca().toString(), Pem.read(ca().toString(), ca()));
            PrivateKey key = Pem.key(caKey().toString(), Pem.read(caKey().toString(), caKey()));
            if (!Pem.belong(found.get(0).getPublicKey(), key) || found.get(0).getBasicConstraints() < 0) {
                throw new Main.Complaint(caKey() + " is not the key of an authority in " + ca());
            }
            return new Authority(found.get(0), key);
        } catch (TlsFault e) {
            throw new Main.Complaint(
                    e.getMessage() + "; to begin with a new authority, choose another directory with --out");
        }
    }

    void write(Authority made) throws IOException {
        key(caKey(), made.key());
        certificate(ca(), made.certificate());
    }

    void write(Authority.Signed made) throws IOException {
        key(serverKey(), made.key());
        certificate(server(), made.certificate());
    }

    private void key(Path file, PrivateKey key) throws IOException {
        replace(file, pem("PRIVATE KEY", key.getEncoded()), "rw-------");
    }

    private void certificate(Path file, X509Certificate certificate) throws IOException {
        try {
            replace(file, pem("CERTIFICATE", certificate.getEncoded()), "rw-r--r--");
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("it was read from its encoding", e);
        }
    }

    private static String pem(String what, byte[] encoded) {
        String text = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
    }

    /** A temporary file is made for its owner alone; it gets its rights before its name. */
    private void replace(Path file, String text, String rights) throws IOException {
        Path fresh = Files.createTempFile(directory, ".fresh", ".pem");
        try {
            Files.write(fresh, text.getBytes(StandardCharsets.US_ASCII));
            PosixFileAttributeView posix = Files.getFileAttributeView(fresh, PosixFileAttributeView.class);
            if (posix != null) {
                posix.setPermissions(PosixFilePermissions.fromString(rights));
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}

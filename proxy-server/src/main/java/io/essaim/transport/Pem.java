package io.essaim.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys in PEM (RFC 7468). What is said of a file never quotes it. Any thread. */
public final class Pem {
    private static final int LONGEST_FILE = 1 << 20;
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]++)-----END PRIVATE KEY-----");
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private Pem() {}

    /**
     * What is in a file, at most 1 MiB.
     *
     * @param where names the rule and the file in messages
     */
    public static byte[] read(String where, Path file) throws TlsFault {
        try (var in = Files.newInputStream(file)) {
            byte[] text = in.readNBytes(LONGEST_FILE + 1);
            if (text.length > LONGEST_FILE) {
                throw new TlsFault(where + " is longer than 1 MiB");
            }
            return text;
        } catch (NoSuchFileException e) {
            throw new TlsFault(where + " is not there");
        } catch (IOException e) {
            throw new TlsFault(where + " cannot be read");
        }
    }

    /** The certificates in a text, at least one. */
    public static List<X509Certificate> certificates(String where, byte[] text) throws TlsFault {
        try {
            List<X509Certificate> found =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(text))
                            .stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (found.isEmpty()) {
                throw new TlsFault(where + " holds no certificate");
            }
            return found;
        } catch (CertificateException e) { // its message may quote the file
            throw new TlsFault(where + " holds something else than certificates in PEM");
        }
    }

    /** The private key in a text: PKCS#8 (RFC 5958) without a password. */
    public static PrivateKey key(String where, byte[] text) throws TlsFault {
        String pem = new String(text, StandardCharsets.ISO_8859_1);
        Matcher found = KEY.matcher(pem);
        if (!found.find()) {
            throw new TlsFault(where + noKey(pem));
        }
        byte[] encoded;
        try {
            encoded = Base64.getMimeDecoder().decode(found.group(1));
        } catch (IllegalArgumentException e) {
            throw new TlsFault(where + " holds a broken private key");
        }
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException | NoSuchAlgorithmException e) {
                // Perhaps it is of the next kind; the exception may quote the key.
            }
        }
        throw new TlsFault(where + " holds a key that is neither EC nor RSA nor Ed25519");
    }

    private static String noKey(String pem) {
        if (pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
            return " is protected by a password: take it off with openssl pkey";
        }
        boolean older =
                pem.contains("-----BEGIN RSA PRIVATE KEY-----") || pem.contains("-----BEGIN EC PRIVATE KEY-----");
        return older
                ? " is not PKCS#8: convert it with openssl pkcs8 -topk8 -nocrypt"
                : " holds no private key in PEM, or only a part of one";
    }

    /** Whether what one of them signs is what the other verifies. */
    public static boolean belong(PublicKey open, PrivateKey secret) {
        String algorithm = switch (secret.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> secret.getAlgorithm();
        };
        byte[] text = {'e', 's', 's', 'a', 'i', 'm'};
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(secret);
            signer.update(text);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(open);
            verifier.update(text);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}

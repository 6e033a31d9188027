package io.essaim.cert;

import io.essaim.config.IpLiteral;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A certificate authority for one's own network: EC keys on P-256, signatures ECDSA with SHA-256, certificates as RFC 5280 wants
 * them. Any thread.
 *
 * @param certificate its own
 * @param key its private key
 */
public record Authority(X509Certificate certificate, PrivateKey key) {
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    private static final String CONSTRAINTS = "2.5.29.19";
    private static final String AUTHORITY_KEY = "2.5.29.35";
    private static final String EXTENDED_USAGE = "2.5.29.37";
    private static final String SERVER = "1.3.6.1.5.5.7.3.1";

    private static final Duration ITS_LIFE = Duration.ofDays(3650);
    /** Clocks of clients may be slow. */
    private static final Duration SLACK = Duration.ofHours(1);

    private static final int SERIAL_BYTES = 16;
    private static final int KEY_ID_BYTES = 20;
    private static final SecureRandom CHANCE = new SecureRandom();

    /**
     * A certificate and its key.
     *
     * @param certificate for the names that were asked for
     * @param key its private key
     */
    public record Signed(X509Certificate certificate, PrivateKey key) {}

    /** A new one, which holds for ten years from then. */
    public static Authority make(Instant now) throws GeneralSecurityException {
        KeyPair pair = keys();
        String id = HexFormat.of().formatHex(keyId(pair.getPublic()), 0, 4);
        byte[] name = name("Essaim local CA " + id);
        byte[] extensions = Der.sequence(
                critical(CONSTRAINTS, Der.sequence(Der.yes(), Der.integer(BigInteger.ZERO))),
                critical(KEY_USAGE, Der.bits(1, new byte[] {0x06})), // keyCertSign, cRLSign
                extension(SUBJECT_KEY, Der.octets(keyId(pair.getPublic()))));
        Instant begin = now.minus(SLACK);
        byte[] content = content(name, name, begin, begin.plus(ITS_LIFE), pair.getPublic(), extensions);
        return new Authority(signed(content, pair.getPrivate()), pair.getPrivate());
    }

    /**
     * Signs for a server, with a new key.
     *
     * @param hosts names and addresses, at least one
     * @param life how long it is to hold; no longer than this authority itself
     */
    public Signed sign(List<String> hosts, Instant now, Duration life) throws GeneralSecurityException {
        KeyPair pair = keys();
        Instant begin = now.minus(SLACK);
        Instant wanted = now.plus(life);
        Instant last = certificate.getNotAfter().toInstant();
        String first = hosts.get(0);
        byte[] extensions = Der.sequence(
                critical(CONSTRAINTS, Der.sequence()),
                critical(KEY_USAGE, Der.bits(7, new byte[] {(byte) 0x80})), // digitalSignature
                extension(EXTENDED_USAGE, Der.sequence(Der.oid(SERVER))),
                extension(
                        ALTERNATIVE_NAMES,
                        Der.sequence(hosts.stream().map(Authority::host).toArray(byte[][]::new))),
                extension(SUBJECT_KEY, Der.octets(keyId(pair.getPublic()))),
                extension(AUTHORITY_KEY, Der.sequence(Der.of(0x80, keyId(certificate.getPublicKey())))));
        byte[] content = content(
                certificate.getSubjectX500Principal().getEncoded(),
                name(first.length() > 64 ? "essaim" : first), // RFC 5280 bounds a common name
                begin,
                wanted.isAfter(last) ? last : wanted,
                pair.getPublic(),
                extensions);
        return new Signed(signed(content, key), pair.getPrivate());
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), CHANCE);
        return generator.generateKeyPair();
    }

    /** What is signed: RFC 5280 4.1, version 3. */
    private static byte[] content(
            byte[] issuer, byte[] subject, Instant begin, Instant end, PublicKey key, byte[] extensions) {
        byte[] serial = new byte[SERIAL_BYTES];
        CHANCE.nextBytes(serial);
        serial[0] = (byte) (serial[0] & 0x3f | 0x40); // positive, and of that length
        return Der.sequence(
                Der.of(0xa0, Der.integer(BigInteger.TWO)),
                Der.integer(new BigInteger(1, serial)),
                algorithm(),
                issuer,
                Der.sequence(
                        Der.time(begin.truncatedTo(ChronoUnit.SECONDS)), Der.time(end.truncatedTo(ChronoUnit.SECONDS))),
                subject,
                key.getEncoded(),
                Der.of(0xa3, extensions));
    }

    private static X509Certificate signed(byte[] content, PrivateKey by) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(by, CHANCE);
        signature.update(content);
        byte[] whole = Der.sequence(content, algorithm(), Der.bits(0, signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] algorithm() {
        return Der.sequence(Der.oid(ECDSA_WITH_SHA256));
    }

    private static byte[] name(String common) {
        return Der.sequence(Der.of(0x31, Der.sequence(Der.oid(COMMON_NAME), Der.text(common))));
    }

    private static byte[] extension(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.octets(value));
    }

    private static byte[] critical(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value));
    }

    /** RFC 5280 4.2.1.6: dNSName or iPAddress. */
    private static byte[] host(String host) {
        Optional<InetAddress> address = IpLiteral.address(host);
        return address.isPresent()
                ? Der.of(0x87, address.get().getAddress())
                : Der.of(0x82, host.getBytes(StandardCharsets.US_ASCII));
    }

    /** RFC 7093, method 4, cut: any unique number will do. */
    private static byte[] keyId(PublicKey key) throws GeneralSecurityException {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), KEY_ID_BYTES);
    }
}

package io.essaim.config;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The SHA-256 of a certificate's public key (its SubjectPublicKeyInfo in DER, RFC 7469 section 2.4), by which a server is
 * known whoever signed its certificate.
 *
 * @param hex 64 hexadecimal digits, lower case
 */
public record SpkiPin(String hex) {
    private static final Pattern HEX = Pattern.compile("sha256:([0-9A-Fa-f]{64})");
    private static final Pattern BASE64 = Pattern.compile("sha256/([A-Za-z0-9+/]{43}=)");

    /**
     * The pin of a public key.
     *
     * @param key its SubjectPublicKeyInfo in DER
     */
    public static SpkiPin of(byte[] key) {
        try {
            return new SpkiPin(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(key)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Reads {@code sha256:HEX} or {@code sha256/BASE64}; empty if it is neither. */
    static Optional<SpkiPin> parse(String text) {
        var hex = HEX.matcher(text);
        if (hex.matches()) {
            return Optional.of(new SpkiPin(hex.group(1).toLowerCase(Locale.ROOT)));
        }
        var base64 = BASE64.matcher(text);
        return base64.matches()
                ? Optional.of(
                        new SpkiPin(HexFormat.of().formatHex(Base64.getDecoder().decode(base64.group(1)))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "sha256:" + hex;
    }
}

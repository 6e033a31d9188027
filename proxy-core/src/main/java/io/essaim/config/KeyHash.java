package io.essaim.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the rules keep of a client's key: its SHA-256, from which the key cannot be had back. That is enough for keys made of
 * chance; a word that a person thought of can be guessed from it. Immutable.
 */
public final class KeyHash {
    private static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[0-9a-f]{64}");

    private final byte[] digest;

    private KeyHash(byte[] digest) {
        this.digest = digest;
    }

    /** The hash of a key as a client sends it. */
    public static KeyHash of(String key) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return new KeyHash(sha.digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The hash written in {@code text} as {@link #toString} writes it; empty if it is none. */
    static Optional<KeyHash> parse(String text) {
        return FORM.matcher(text).matches()
                ? Optional.of(new KeyHash(HexFormat.of().parseHex(text.substring(PREFIX.length()))))
                : Optional.empty();
    }

    /** Compares in a time that does not depend on where they differ. */
    @Override
    public boolean equals(Object other) {
        return other instanceof KeyHash that && MessageDigest.isEqual(digest, that.digest);
    }

    @Override
    public int hashCode() {
        return digest[0] << 8 | digest[1] & 0xff;
    }

    /** {@code sha256:} and 64 hexadecimal digits. */
    @Override
    public String toString() {
        return PREFIX + HexFormat.of().formatHex(digest);
    }
}

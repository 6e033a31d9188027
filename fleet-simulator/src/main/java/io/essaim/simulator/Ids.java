package io.essaim.simulator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Ids and digests. */
final class Ids {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

    private long state;

    Ids(long seed) {
        state = seed;
    }

    long next() {
        state = Babble.mix(state);
        return state;
    }

    /** A number from 0 to the bound, exclusive. */
    int below(int bound) {
        return (int) Long.remainderUnsigned(next(), bound);
    }

    /** Lower-case hexadecimal digits. */
    String hex(int length) {
        StringBuilder hex = new StringBuilder(length);
        while (hex.length() < length) {
            hex.append(Character.forDigit(below(16), 16));
        }
        return hex.toString();
    }

    static String alphanumeric(long seed, int length) {
        StringBuilder text = new StringBuilder(length);
        long bits = seed;
        for (int i = 0; i < length; i++) {
            bits = Babble.mix(bits);
            text.append(ALPHABET.charAt((int) Long.remainderUnsigned(bits, ALPHABET.length())));
        }
        return text.toString();
    }

    static String sha256(String text) {
        return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

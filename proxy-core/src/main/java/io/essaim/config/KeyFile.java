package io.essaim.config;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a file with hashes of keys: one {@code sha256:HEX} a line, perhaps with {@code until 2026-12-01T00:00:00Z} behind
 * it; what follows a {@code #} is for people.
 */
public final class KeyFile {
    private static final Pattern LINE = Pattern.compile("(\\S+)(?:\\s+until\\s+(\\S+))?");

    private KeyFile() {}

    /** A line is none of such a file. The message names its number and quotes nothing: a key may have been written there. */
    public static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(int line, String what) {
            super("line " + line + " " + what);
        }
    }

    /**
     * The keys in a file, in its order; perhaps none.
     *
     * @throws Fault at the first line that cannot be used; a file is believed as a whole or not at all
     */
    public static List<ClientKey> read(String text) throws Fault {
        List<ClientKey> keys = new ArrayList<>();
        Set<KeyHash> seen = new HashSet<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String said = said(line);
            if (said.isEmpty()) {
                continue;
            }
            ClientKey key = key(said, number);
            if (!seen.add(key.hash())) {
                throw new Fault(number, "repeats a hash");
            }
            keys.add(key);
        }
        return keys;
    }

    private static String said(String line) {
        int comment = line.indexOf('#');
        return (comment < 0 ? line : line.substring(0, comment)).strip();
    }

    private static ClientKey key(String said, int number) throws Fault {
        Matcher form = LINE.matcher(said);
        Optional<KeyHash> hash = form.matches() ? KeyHash.parse(form.group(1)) : Optional.empty();
        if (hash.isEmpty()) {
            throw new Fault(number, "is not sha256: and 64 hexadecimal digits, perhaps with \"until\" and a time");
        }
        if (form.group(2) == null) {
            return new ClientKey(hash.get(), null);
        }
        try {
            return new ClientKey(hash.get(), Instant.parse(form.group(2)));
        } catch (DateTimeException e) {
            throw new Fault(number, "has no time behind \"until\" that is like 2026-12-01T00:00:00Z");
        }
    }

    /**
     * The text with one more hash, while those that hold for ever hold until a time from now on.
     *
     * @param text of a file that can be {@linkplain #read read}
     * @param until for the older ones
     * @param remark stands behind the new one, without its {@code #}
     */
    public static String rotated(String text, KeyHash fresh, Instant until, String remark) {
        StringBuilder rotated = new StringBuilder();
        for (String line : text.lines().toList()) {
            String said = said(line);
            boolean forEver = KeyHash.parse(said).isPresent();
            int comment = line.indexOf('#');
            String rest = comment < 0 ? "" : "  " + line.substring(comment);
            rotated.append(forEver ? said + " until " + until + rest : line).append('\n');
        }
        return rotated.append(fresh).append("  # ").append(remark).append('\n').toString();
    }
}

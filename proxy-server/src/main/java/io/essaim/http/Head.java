package io.essaim.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The field lines of one message, in order; names in lower case, values trimmed, each char one byte (ISO 8859-1). */
public final class Head {
    private final List<String> lines = new ArrayList<>(24);

    void add(String name, String value) {
        lines.add(name.toLowerCase(Locale.ROOT));
        lines.add(value);
    }

    public int size() {
        return lines.size() / 2;
    }

    public String name(int i) {
        return lines.get(2 * i);
    }

    public String value(int i) {
        return lines.get(2 * i + 1);
    }

    /** The first value of a field, or null. */
    public @Nullable String first(String name) {
        for (int i = 0; i < lines.size(); i += 2) {
            if (lines.get(i).equals(name)) {
                return lines.get(i + 1);
            }
        }
        return null;
    }

    /** How often a field stands. */
    public int count(String name) {
        int n = 0;
        for (int i = 0; i < lines.size(); i += 2) {
            if (lines.get(i).equals(name)) {
                n++;
            }
        }
        return n;
    }

    /** Whether a comma-separated field lists the token, in any case. */
    public boolean lists(String name, String token) {
        for (int i = 0; i < lines.size(); i += 2) {
            if (lines.get(i).equals(name)) {
                for (String part : lines.get(i + 1).split(",", -1)) {
                    if (part.strip().equalsIgnoreCase(token)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}

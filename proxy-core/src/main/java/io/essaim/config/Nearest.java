package io.essaim.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Guesses what was meant by a word that is not known. */
final class Nearest {
    private static final int LONGEST = 64;

    private Nearest() {}

    /** A hint: the nearest known word if one is near enough, else all of them. */
    static String hint(String word, Collection<String> known) {
        if (known.isEmpty()) {
            return "";
        }
        int tolerance = Math.max(1, word.length() / 3);
        String all = "known: " + String.join(", ", known);
        if (word.length() > LONGEST) {
            return all;
        }
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
                .filter(candidate -> distance(word, candidate) <= tolerance)
                .map(candidate -> "did you mean \"" + candidate + "\"?")
                .orElse(all);
    }

    /** Levenshtein's distance, upper and lower case counting as equal. */
    private static int distance(String left, String right) {
        String a = left.toLowerCase(Locale.ROOT);
        String b = right.toLowerCase(Locale.ROOT);
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}

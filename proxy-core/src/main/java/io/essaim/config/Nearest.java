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
        int tolerance = word.length() < 3 ? 0 : Math.max(1, word.length() / 3);
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

    /** How many letters to change, add, remove or swap with their neighbour; upper and lower case count as equal. */
    private static int distance(String left, String right) {
        String a = left.toLowerCase(Locale.ROOT);
        String b = right.toLowerCase(Locale.ROOT);
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                steps[i][j] = i == 0 || j == 0 ? i + j : step(steps, a, b, i, j);
            }
        }
        return steps[a.length()][b.length()];
    }

    private static int step(int[][] steps, String a, String b, int i, int j) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = steps[i - 1][j - 1] + (same ? 0 : 1);
        best = Math.min(best, Math.min(steps[i - 1][j], steps[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, steps[i - 2][j - 2] + 1) : best;
    }
}

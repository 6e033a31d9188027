package io.essaim.simulator;

import java.util.List;

/** Cuts the text at the first stop word and holds back what may be the beginning of one. */
final class StopWords {
    private final List<String> words;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    StopWords(List<String> words) {
        this.words = words.stream().filter(word -> !word.isEmpty()).toList();
    }

    boolean isFound() {
        return found;
    }

    /** What may be sent now that this piece is written. */
    String accept(String piece) {
        if (words.isEmpty()) {
            return piece;
        }
        held.append(piece);
        int cut = held.length();
        for (String word : words) {
            int at = held.indexOf(word);
            if (at >= 0) {
                found = true;
                cut = Math.min(cut, at);
            }
        }
        if (found) {
            held.setLength(cut);
            return flush();
        }
        return held.length() - longestBeginning() == 0 ? "" : take(held.length() - longestBeginning());
    }

    /** What was held back. */
    String flush() {
        return take(held.length());
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    private int longestBeginning() {
        int longest = 0;
        for (String word : words) {
            for (int n = Math.min(word.length() - 1, held.length()); n > longest; n--) {
                if (held.indexOf(word.substring(0, n), held.length() - n) >= 0) {
                    longest = n;
                }
            }
        }
        return longest;
    }
}

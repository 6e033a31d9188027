package io.essaim.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tokenizer of clockwork: a word with the space before it is a token, long words are several, digits, punctuation and other characters
 * are one each. Ids are hashes below {@link #VOCABULARY}.
 */
final class Tokens {
    static final int VOCABULARY = 49_152;
    private static final int LONGEST = 8;

    private int[] ids = new int[64];
    private int size;

    Tokens add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, size * 2);
        }
        ids[size++] = id;
        return this;
    }

    Tokens add(String text) {
        for (int start = 0, end; start < text.length(); start = end) {
            end = end(text, start);
            add(id(text, start, end));
        }
        return this;
    }

    Tokens addAll(int[] more) {
        for (int id : more) {
            add(id);
        }
        return this;
    }

    int size() {
        return size;
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }

    /** The pieces of a text, in order; together they are the text. */
    static List<String> split(String text) {
        List<String> pieces = new ArrayList<>();
        for (int start = 0, end; start < text.length(); start = end) {
            end = end(text, start);
            pieces.add(text.substring(start, end));
        }
        return pieces;
    }

    static int id(String piece) {
        return id(piece, 0, piece.length());
    }

    private static int id(String text, int from, int to) {
        int hash = 17;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text.charAt(i);
        }
        return Math.floorMod(hash * 0x9E3779B1, VOCABULARY);
    }

    private static int end(String text, int start) {
        int i = start;
        if (text.charAt(i) == ' ' && i + 1 < text.length() && Character.isLetter(text.charAt(i + 1))) {
            i++;
        }
        if (!Character.isLetter(text.charAt(i)) || text.charAt(i) > 0x24F) {
            return i + Character.charCount(text.codePointAt(i));
        }
        int limit = Math.min(text.length(), i + LONGEST);
        while (i < limit && Character.isLetter(text.charAt(i)) && text.charAt(i) <= 0x24F) {
            i++;
        }
        return i;
    }
}

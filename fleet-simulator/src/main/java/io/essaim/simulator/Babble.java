package io.essaim.simulator;

/** Pseudo words that depend on nothing but a seed and their position, so the same request always gets the same answer. */
final class Babble {
    private static final String[] STARTS = {
        "b", "br", "c", "d", "dr", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "v"
    };
    private static final String[] VOWELS = {"a", "e", "i", "o", "u", "ea", "ou"};
    private static final String[] ENDS = {"", "n", "r", "s", "l", "m", "th", "nd"};

    private final long seed;
    private long position;
    private int wordsLeft;
    private boolean sentenceStarts = true;
    private boolean first = true;

    Babble(long seed) {
        this.seed = seed;
        this.wordsLeft = sentenceLength();
    }

    /** The next piece: a word with the space before it, or the full stop of a sentence. */
    String next() {
        position++;
        if (wordsLeft == 0) {
            wordsLeft = sentenceLength();
            sentenceStarts = true;
            return ".";
        }
        wordsLeft--;
        String word = word(mix(seed + position * 0x9E3779B97F4A7C15L));
        if (sentenceStarts) {
            word = Character.toUpperCase(word.charAt(0)) + word.substring(1);
            sentenceStarts = false;
        }
        String piece = first ? word : " " + word;
        first = false;
        return piece;
    }

    static String word(long hash) {
        StringBuilder word = new StringBuilder(8);
        int syllables = 1 + (int) Long.remainderUnsigned(hash >>> 50, 3);
        long bits = hash;
        for (int i = 0; i < syllables; i++) {
            word.append(STARTS[(int) Long.remainderUnsigned(bits, STARTS.length)]);
            bits = mix(bits);
            word.append(VOWELS[(int) Long.remainderUnsigned(bits, VOWELS.length)]);
            bits = mix(bits);
        }
        return word.append(ENDS[(int) Long.remainderUnsigned(bits, ENDS.length)])
                .toString();
    }

    private int sentenceLength() {
        return 5 + (int) Long.remainderUnsigned(mix(seed ^ position), 8);
    }

    /** SplitMix64's finaliser. */
    static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    static long hash(int[] tokens) {
        long hash = tokens.length;
        for (int token : tokens) {
            hash = mix(hash ^ token);
        }
        return hash;
    }
}

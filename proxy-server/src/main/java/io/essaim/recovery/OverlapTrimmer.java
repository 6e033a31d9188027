package io.essaim.recovery;

/**
 * Finds where a continued answer joins the one that broke off. A model that is given the beginning of its answer does
 * not always go on right behind it: it may repeat the last words, or begin anew. The trimmer looks at the first new
 * words until it can decide, which is mostly at once.
 *
 * <p>Only a repetition that cannot be chance counts: {@value #LEAST} characters or more that occurred once. A text
 * that repeats itself anyway is left as it comes.
 */
final class OverlapTrimmer {
    /** Repeated words are looked for in so many characters at the end. */
    static final int LONGEST = 200;

    /** Fewer equal characters than these may be chance. */
    static final int LEAST = 24;

    /** So many equal characters at the beginning mean that the answer begins anew. */
    static final int ANEW = 64;

    /** What is known of the new words. */
    enum Verdict {
        /** More of them must be seen. */
        UNDECIDED,
        /** They go on, behind {@link OverlapTrimmer#repeated} characters. */
        JOINED,
        /** They are another answer. */
        ANOTHER
    }

    private final String before;
    private final int reach;
    private final StringBuilder head = new StringBuilder();
    private int repeated;

    /** @param before all that was said */
    OverlapTrimmer(String before) {
        this.before = before;
        this.reach = Math.min(LONGEST, before.length());
    }

    /** More new words came. Not after another verdict than UNDECIDED. */
    Verdict more(String words) {
        head.append(words);
        return judge(false);
    }

    /** No more words come. */
    Verdict end() {
        return judge(true);
    }

    /** Characters at the beginning of the new words that were said before. */
    int repeated() {
        return repeated;
    }

    private Verdict judge(boolean whole) {
        String said = head.toString();
        for (int length = reach; length >= LEAST; length--) {
            int from = before.length() - length;
            if (said.length() >= length) {
                String piece = said.substring(0, length);
                if (before.startsWith(piece, from) && before.indexOf(piece) == from && !periodic(piece)) {
                    repeated = length;
                    return Verdict.JOINED;
                }
            } else if (!whole && before.startsWith(said, from)) {
                return Verdict.UNDECIDED;
            }
        }
        if (before.length() <= LONGEST) {
            return Verdict.JOINED;
        }
        if (said.length() >= ANEW) {
            return before.startsWith(said.substring(0, ANEW)) ? Verdict.ANOTHER : Verdict.JOINED;
        }
        return !whole && before.startsWith(said) ? Verdict.UNDECIDED : Verdict.JOINED;
    }

    /** Whether a piece says the same twice. */
    private static boolean periodic(String piece) {
        for (int period = 1; period <= piece.length() / 2; period++) {
            if (piece.startsWith(piece.substring(period))) {
                return true;
            }
        }
        return false;
    }
}

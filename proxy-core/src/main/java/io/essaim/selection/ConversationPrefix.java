package io.essaim.selection;

import java.nio.charset.StandardCharsets;

/**
 * The beginnings of one conversation by which a later turn of it is recognised: hashes at 256 bytes, 512, 1024 and so on up
 * to 1 MiB, and at its end. Keeps the bytes it was made of, which must not change while it is asked for {@link #hash(int, int)}. One
 * thread.
 */
public final class ConversationPrefix {
    private static final int FIRST = 256;
    private static final int MOST_MARKS = 13;

    private final byte[] bytes;
    private final int from;
    private final int length;
    private final long whole;
    private final PrefixHash[] states = new PrefixHash[MOST_MARKS];
    private final long[] keys = new long[MOST_MARKS];
    private final int marks;

    ConversationPrefix(PrefixHash start, String scope, byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.from = from;
        this.length = length;
        byte[] name = scope.getBytes(StandardCharsets.UTF_8);
        long scoped = start.with(name, 0, name.length);
        PrefixHash hash = new PrefixHash(scoped, ~scoped);
        int mark = 0;
        for (int size = FIRST; size <= length && mark < MOST_MARKS; size *= 2) {
            int done = (int) hash.absorbed();
            hash.absorb(bytes, from + done, size - done);
            states[mark] = hash.copy();
            keys[mark] = hash.with(bytes, from, 0);
            mark++;
        }
        marks = mark;
        whole = mark == 0 ? 0 : hash(mark - 1, length);
    }

    /** How many beginnings it has; 0 when it is too short to be recognised. */
    int marks() {
        return marks;
    }

    long key(int mark) {
        return keys[mark];
    }

    /** Bytes up to a mark. */
    static int size(int mark) {
        return FIRST << mark;
    }

    int length() {
        return length;
    }

    /** Hash of its first bytes, from a mark that is not behind them. */
    long hash(int mark, int size) {
        int known = size(mark);
        return states[mark].with(bytes, from + known, size - known);
    }

    /** Whether it is the other one, which has marks, or that and more behind it. Looks at its own bytes alone. */
    boolean beginsWith(ConversationPrefix other) {
        int last = other.marks - 1;
        return marks > last
                && length >= other.length
                && keys[last] == other.keys[last]
                && hash(last, other.length) == other.whole;
    }

    /** Hash of all of it; of a conversation with marks. Does not look at the bytes again. */
    long hash() {
        return whole;
    }
}

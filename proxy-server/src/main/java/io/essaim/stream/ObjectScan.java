package io.essaim.stream;

import io.netty.util.ByteProcessor;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether bytes are one JSON object with a certain member, without a tree: a few bits for each level of
 * nesting, however long the object is. Numbers and words are not checked. It stops at the first byte that cannot
 * belong to such an object.
 */
final class ObjectScan implements ByteProcessor {
    /** Go's encoding/json, which writes what hosts say, goes no deeper. */
    private static final int DEEPEST = 10_000;

    private static final int LONGEST_KEY = 16;
    private static final String ERROR = "error";

    /** What may come next outside of strings. */
    private enum Next {
        OBJECT,
        KEY_OR_END,
        KEY,
        COLON,
        VALUE,
        VALUE_OR_END,
        COMMA_OR_END,
        NOTHING
    }

    private final @Nullable String wanted;
    private final BitSet objects = new BitSet(16);
    private final byte[] key = new byte[LONGEST_KEY];
    private Next next = Next.OBJECT;
    private int depth;
    private int keyLength;
    private boolean inString;
    private boolean isKey;
    private boolean escaped;
    private boolean inWord;
    private boolean blank = true;
    private boolean broken;
    private boolean found;
    private boolean error;

    /** @param wanted a member of the object; null for any object */
    ObjectScan(@Nullable String wanted) {
        this.wanted = wanted;
        this.found = wanted == null;
    }

    /** Whether nothing but white space has come. */
    boolean blank() {
        return blank;
    }

    /** Whether what has come is no beginning of an object, or goes on behind its end. */
    boolean broken() {
        return broken;
    }

    /** Whether the object has come to its end, and nothing came behind it. */
    boolean whole() {
        return next == Next.NOTHING && !broken;
    }

    /** Whether it has the member; with others than {@link #whole} so far. */
    boolean found() {
        return found;
    }

    /** Whether it has a member called {@code error}; so far. */
    boolean saysError() {
        return error;
    }

    @Override
    public boolean process(byte b) {
        if (broken) {
            return false;
        }
        if (inString) {
            string(b);
        } else if (!(inWord && isWord(b))) {
            inWord = false;
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                blank = false;
                structure(b);
            }
        }
        return !broken;
    }

    private static boolean isWord(byte b) {
        return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '.' || b == '-' || b == '+';
    }

    private void structure(byte b) {
        switch (b) {
            case '{' -> open(true);
            case '[' -> open(false);
            case '}' -> close(true);
            case ']' -> close(false);
            case '"' -> quote();
            case ':' -> step(Next.COLON, Next.VALUE);
            case ',' -> step(Next.COMMA_OR_END, objects.get(depth) ? Next.KEY : Next.VALUE);
            default -> {
                broken = !takesValue() || !(b == '-' || b >= '0' && b <= '9' || b == 't' || b == 'f' || b == 'n');
                inWord = true;
                next = Next.COMMA_OR_END;
            }
        }
    }

    private boolean takesValue() {
        return next == Next.VALUE || next == Next.VALUE_OR_END;
    }

    private void step(Next here, Next then) {
        broken = next != here;
        next = then;
    }

    private void open(boolean object) {
        broken = !(takesValue() || object && next == Next.OBJECT) || depth == DEEPEST;
        depth++;
        objects.set(depth, object);
        next = object ? Next.KEY_OR_END : Next.VALUE_OR_END;
    }

    private void close(boolean object) {
        boolean empty = next == (object ? Next.KEY_OR_END : Next.VALUE_OR_END);
        broken = !empty && next != Next.COMMA_OR_END || depth == 0 || objects.get(depth) != object;
        depth--;
        next = depth == 0 ? Next.NOTHING : Next.COMMA_OR_END;
    }

    private void quote() {
        isKey = next == Next.KEY || next == Next.KEY_OR_END;
        broken = !isKey && !takesValue();
        inString = true;
        keyLength = 0;
    }

    private void string(byte b) {
        if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == '"') {
            inString = false;
            next = isKey ? Next.COLON : Next.COMMA_OR_END;
            if (isKey && depth == 1) {
                found = found || is(wanted);
                error = error || is(ERROR);
            }
            return;
        }
        if (isKey && depth == 1) {
            if (keyLength < LONGEST_KEY) {
                key[keyLength] = b;
            }
            keyLength++;
        }
    }

    private boolean is(@Nullable String name) {
        if (name == null || keyLength != name.length()) {
            return false;
        }
        for (int i = 0; i < keyLength; i++) {
            if (key[i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}

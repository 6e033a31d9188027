package io.essaim.dialect;

/**
 * Checks in one pass, and without keeping anything, that bytes are one JSON document in UTF-8 (RFC 8259), not deeper than {@link
 * #DEEPEST} and of bounded width. What reads the document afterwards may rely on it.
 */
final class JsonCheck {
    static final int DEEPEST = 200;
    /** Members of one object at most; each is remembered while its object is read. */
    static final int MOST_MEMBERS = 1 << 16;

    private final byte[] in;
    private final int end;
    private int at;
    private boolean wide;

    private JsonCheck(byte[] in, int from, int end) {
        this.in = in;
        this.at = from;
        this.end = end;
    }

    /** What is wrong with a document. */
    enum Finding {
        GOOD,
        EMPTY,
        BAD,
        /** JSON, but an object of it has more members than can be read. */
        TOO_WIDE
    }

    static Finding check(byte[] in, int from, int to) {
        JsonCheck check = new JsonCheck(in, from, to);
        check.space();
        if (check.at == to) {
            return Finding.EMPTY;
        }
        boolean good = check.value(DEEPEST);
        check.space();
        if (check.wide) {
            return Finding.TOO_WIDE;
        }
        return good && check.at == to ? Finding.GOOD : Finding.BAD;
    }

    static boolean isObject(byte[] in, int from, int to) {
        return check(in, from, to) == Finding.GOOD && in[JsonCursor.space(in, from)] == '{';
    }

    private void space() {
        while (at < end && JsonCursor.isSpace(in[at])) {
            at++;
        }
    }

    private boolean value(int deeper) {
        if (at == end) {
            return false;
        }
        return switch (in[at]) {
            case '"' -> string();
            case '{' -> object(deeper);
            case '[' -> list(deeper);
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    private boolean object(int deeper) {
        at++;
        space();
        if (take('}')) {
            return deeper > 0;
        }
        for (int members = 1; ; members++) {
            wide |= members > MOST_MEMBERS;
            space();
            if (deeper == 0 || wide || at == end || in[at] != '"' || !string()) {
                return false;
            }
            space();
            if (!take(':')) {
                return false;
            }
            space();
            if (!value(deeper - 1)) {
                return false;
            }
            space();
            if (!take(',')) {
                return take('}');
            }
        }
    }

    private boolean list(int deeper) {
        at++;
        space();
        if (take(']')) {
            return deeper > 0;
        }
        while (true) {
            space();
            if (deeper == 0 || !value(deeper - 1)) {
                return false;
            }
            space();
            if (!take(',')) {
                return take(']');
            }
        }
    }

    private boolean take(char wanted) {
        boolean there = at < end && in[at] == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (!take(word.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean number() {
        take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int start = at;
        while (at < end && in[at] >= '0' && in[at] <= '9') {
            at++;
        }
        return at > start;
    }

    private boolean string() {
        at++;
        while (at < end) {
            byte b = in[at++];
            if (b == '"') {
                return true;
            }
            if (b == '\\' ? !escape() : b < 0 ? !wide(b) : b < ' ') {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        if (at == end) {
            return false;
        }
        char kind = (char) in[at++];
        if (kind != 'u') {
            return "\"\\/bfnrt".indexOf(kind) >= 0;
        }
        for (int i = 0; i < 4; i++) {
            if (at == end || Character.digit(in[at++], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /** A character of two to four bytes, without overlong forms and surrogates (RFC 3629). */
    private boolean wide(byte lead) {
        int first = lead & 0xff;
        int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        if (first < 0xc2 || first > 0xf4 || end - at < more) {
            return false;
        }
        int second = in[at] & 0xff;
        int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) {
            return false;
        }
        for (int i = 1; i < more; i++) {
            if ((in[at + i] & 0xc0) != 0x80) {
                return false;
            }
        }
        at += more;
        return true;
    }
}

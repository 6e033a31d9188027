package io.essaim.dialect;

/** Steps over the values of a document that {@link JsonCheck} found good. */
final class JsonCursor {
    private JsonCursor() {}

    static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /** The next place that is not white space. */
    static int space(byte[] in, int from) {
        int at = from;
        while (isSpace(in[at])) {
            at++;
        }
        return at;
    }

    /** @param from the first byte of a value */
    static int behind(byte[] in, int from) {
        byte first = in[from];
        if (first == '"') {
            return behindString(in, from);
        }
        if (first != '{' && first != '[') {
            int at = from;
            while (at < in.length && in[at] != ',' && in[at] != '}' && in[at] != ']' && !isSpace(in[at])) {
                at++;
            }
            return at;
        }
        int depth = 0;
        int at = from;
        do {
            byte b = in[at];
            if (b == '"') {
                at = behindString(in, at);
                continue;
            }
            if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth--;
            }
            at++;
        } while (depth > 0);
        return at;
    }

    static int behindString(byte[] in, int from) {
        int at = from + 1;
        while (in[at] != '"') {
            at += in[at] == '\\' ? 2 : 1;
        }
        return at + 1;
    }
}

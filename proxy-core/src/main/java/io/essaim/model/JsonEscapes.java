package io.essaim.model;

/** Resolves the escapes of a JSON string that was found well-formed. */
final class JsonEscapes {
    private JsonEscapes() {}

    /** Lone surrogates become U+FFFD, as in Go. */
    static String resolve(String raw) {
        StringBuilder out = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char e = raw.charAt(++i);
            int plain = "\"\\/bfnrt".indexOf(e);
            if (plain >= 0) {
                out.append("\"\\/\b\f\n\r\t".charAt(plain));
            } else {
                out.append((char) Integer.parseInt(raw, i + 1, i + 5, 16));
                i += 4;
            }
        }
        return loneSurrogatesReplaced(out);
    }

    private static String loneSurrogatesReplaced(StringBuilder s) {
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                s.setCharAt(i, '\ufffd');
            }
        }
        return s.toString();
    }
}

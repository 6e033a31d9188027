package io.essaim.dialect;

import java.nio.charset.StandardCharsets;

/** The arguments of a call: text that must be a JSON object. */
final class ArgumentsText {
    private ArgumentsText() {}

    /** Appends {@code text} as a compact object escaped like Go; false, and nothing appended, if it is no JSON object. */
    static boolean write(String text, Bytes out) {
        byte[] json = (text.isBlank() ? "{}" : text).getBytes(StandardCharsets.UTF_8);
        Bytes copy = new Bytes();
        try {
            Tokens in = new Tokens();
            in.open(json, 0, json.length);
            if (!in.atObject()) {
                return false;
            }
            in.copy(copy);
            in.close();
        } catch (BadFrame e) {
            return false;
        }
        out.raw(copy.array(), 0, copy.length());
        return true;
    }
}

package io.essaim.dialect;

import java.nio.charset.StandardCharsets;

/** The arguments of a call: text that must be a JSON object. */
final class ToolArguments {
    private ToolArguments() {}

    /** Appends {@code text} as a compact object escaped like Go; false, and nothing appended, if it is no JSON object. */
    static boolean write(String text, ByteBuilder out) {
        byte[] json = (text.isBlank() ? "{}" : text).getBytes(StandardCharsets.UTF_8);
        ByteBuilder copy = new ByteBuilder();
        try {
            JsonTokens in = new JsonTokens();
            in.open(json, 0, json.length);
            if (!in.atObject()) {
                return false;
            }
            in.copy(copy);
            in.close();
        } catch (InvalidFrame e) {
            return false;
        }
        out.raw(copy.array(), 0, copy.length());
        return true;
    }
}

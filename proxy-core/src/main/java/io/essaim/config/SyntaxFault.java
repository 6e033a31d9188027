package io.essaim.config;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** Says in the words of this project where a file stops being JSON. */
final class SyntaxFault {
    private SyntaxFault() {}

    static InvalidRules of(JacksonException fault, Source source, Problems problems) {
        TokenStreamLocation location = fault.getLocation();
        long offset = location == null ? 0 : location.getCharOffset();
        String message = fault.getOriginalMessage();
        return problems.only(source.at(offset), "not JSON: " + shortened(message), hint(source, offset, message));
    }

    /** The parser's message without its features, its positions and further lines. */
    private static String shortened(String message) {
        return message.lines()
                .findFirst()
                .orElse("")
                .replaceFirst("( \\(for |: maybe a \\(non-standard\\) comment).*", "");
    }

    private static String hint(Source source, long offset, String message) {
        char at = source.charAt(offset);
        if (at == '/' || at == '#') {
            return "JSON has no comments";
        }
        if ((at == '}' || at == ']') && source.before(offset) == ',') {
            return "remove the comma before it";
        }
        if (message.contains("end-of-input")) {
            return "a bracket or a quote is not closed";
        }
        return at == '\'' ? "strings stand in double quotes" : "";
    }
}

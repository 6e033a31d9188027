package io.essaim.config;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** Says in the words of this project where a file stops being JSON. The parser's words quote the file, which may hold a key. */
final class SyntaxFault {
    private SyntaxFault() {}

    /** The fault as a problem; {@code reached} is where the parser was, for faults that do not say where they are. */
    static InvalidRules of(JacksonException fault, Source source, TokenStreamLocation reached, Problems problems) {
        TokenStreamLocation known = fault.getLocation();
        long offset = (known == null || known.getCharOffset() < 0 ? reached : known).getCharOffset();
        String parsers = fault.getOriginalMessage();
        return problems.only(
                source.at(offset),
                "not JSON: " + message(parsers, source.charAt(offset)),
                hint(parsers, source, offset));
    }

    private static String message(String parsers, char at) {
        if (parsers.contains("end-of-input")) {
            return "the file ends too early";
        }
        if (parsers.startsWith("Unexpected character")) {
            return "unexpected character " + at;
        }
        if (parsers.startsWith("Unrecognized token")) {
            return "a word that is no value";
        }
        if (parsers.contains("nesting depth")) {
            return "nested too deep";
        }
        if (parsers.contains("unquoted character")) {
            return "a line break or control character in a string";
        }
        return parsers.startsWith("Invalid numeric value") ? "not a number" : "not readable here";
    }

    private static String hint(String parsers, Source source, long offset) {
        char at = source.charAt(offset);
        if (parsers.contains("end-of-input")) {
            return "a bracket or a quote is not closed";
        }
        if (at == '/' || at == '#') {
            return "JSON has no comments";
        }
        if ((at == '}' || at == ']') && source.before(offset) == ',') {
            return "remove the comma before it";
        }
        if (at == '\'' || parsers.startsWith("Unrecognized token")) {
            return "strings stand in double quotes";
        }
        return parsers.contains("expecting comma") ? "a comma is missing before it" : "";
    }
}

package io.essaim.config;

import io.essaim.config.Node.Position;
import java.util.Arrays;

/** The text of a file and where its lines begin. The parser's own columns are not used: it counts them in several ways. */
final class Source {
    private final String text;
    private final int[] lineStarts;

    Source(String text) {
        this.text = text;
        int[] starts = new int[text.length() + 1];
        int lines = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || (c == '\r' && !text.startsWith("\n", i + 1))) {
                starts[lines++] = i + 1;
            }
        }
        this.lineStarts = Arrays.copyOf(starts, lines);
    }

    String text() {
        return text;
    }

    /** Line and column of the character at an offset. */
    Position at(long offset) {
        int within = (int) Math.max(0, Math.min(offset, text.length()));
        int found = Arrays.binarySearch(lineStarts, within);
        int line = found >= 0 ? found : -found - 2;
        return new Position(line + 1, within - lineStarts[line] + 1);
    }

    /** The character at an offset, a space beyond the end. */
    char charAt(long offset) {
        return offset >= 0 && offset < text.length() ? text.charAt((int) offset) : ' ';
    }

    /** The last character before an offset that is no white space, a space if there is none. */
    char before(long offset) {
        for (int i = (int) Math.min(offset, text.length()) - 1; i >= 0; i--) {
            if (!Character.isWhitespace(text.charAt(i))) {
                return text.charAt(i);
            }
        }
        return ' ';
    }
}

package io.essaim.config;

/**
 * One fault of a rules file.
 *
 * @param file name of the file, as the caller gave it
 * @param path the value at fault, like {@code routes[0].tiers[1][0].backend}; empty for the whole file
 * @param line from 1
 * @param column from 1, in characters
 * @param message what is wrong; never quotes anything that may be a secret
 * @param hint what to do about it; empty if there is nothing to add
 */
public record Problem(String file, String path, int line, int column, String message, String hint) {
    /** {@code FILE:LINE:COLUMN: path: message (hint)}, on one line whatever the file holds. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(file).append(':').append(line).append(':').append(column).append(": ");
        if (!path.isEmpty()) {
            text.append(path).append(": ");
        }
        text.append(message);
        if (!hint.isEmpty()) {
            text.append(" (").append(hint).append(')');
        }
        return onOneLine(text);
    }

    private static String onOneLine(CharSequence text) {
        StringBuilder line = new StringBuilder(text.length());
        text.chars().forEach(c -> {
            // keys are quoted as they are: control characters and line separators must not reach a terminal or a log
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                line.append(String.format("\\u%04x", c));
            } else {
                line.append((char) c);
            }
        });
        return line.toString();
    }
}

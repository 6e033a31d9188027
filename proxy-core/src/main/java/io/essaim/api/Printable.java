package io.essaim.api;

/** Text that came from outside, made safe for one line of a log or a terminal. */
public final class Printable {
    private static final int LONGEST = 200;

    private Printable() {}

    /** Control characters become {@code ?}, and it is cut at 200 characters. */
    public static String of(String s) {
        return of(s, LONGEST);
    }

    /** Control characters become {@code ?}, and it is cut at {@code longest} characters. */
    public static String of(String s, int longest) {
        StringBuilder out = new StringBuilder(Math.min(s.length(), longest));
        for (int i = 0; i < s.length() && i < longest; i++) {
            char c = s.charAt(i);
            out.append(c < 0x20 || c >= 0x7f && c < 0xa0 || c == '\u2028' || c == '\u2029' ? '?' : c);
        }
        return s.length() > longest ? out.append("...").toString() : out.toString();
    }
}

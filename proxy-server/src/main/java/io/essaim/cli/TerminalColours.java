package io.essaim.cli;

/** Colours for terminals, and none for anything else (https://no-color.org). */
record TerminalColours(boolean on) {
    /** The launcher knows whether standard output is a terminal; the JVM does not tell the same in all versions. */
    static TerminalColours forTerminal() {
        return new TerminalColours(Boolean.getBoolean("essaim.terminal") && System.getenv("NO_COLOR") == null);
    }

    String bold(String s) {
        return on ? "\u001b[1m" + s + "\u001b[0m" : s;
    }

    String dim(String s) {
        return on ? "\u001b[2m" + s + "\u001b[0m" : s;
    }
}

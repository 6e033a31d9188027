package io.essaim.cli;

/** Colours for terminals, and none for anything else (https://no-color.org). */
record Paint(boolean on) {
    static Paint forTerminal() {
        return new Paint(System.console() != null && System.getenv("NO_COLOR") == null);
    }

    String bold(String s) {
        return on ? "\u001b[1m" + s + "\u001b[0m" : s;
    }

    String dim(String s) {
        return on ? "\u001b[2m" + s + "\u001b[0m" : s;
    }
}

package io.essaim.relay;

/** An order that is not carried out, and what the client is told. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String text;

    Refusal(int status, String text) {
        super(text, null, false, false);
        this.status = status;
        this.text = text;
    }

    int status() {
        return status;
    }

    String text() {
        return text;
    }
}

package io.essaim.simulator.json;

/** A body that Go's decoder refuses; the message is Go's own text, as Ollama passes it on to clients. */
public final class GoJsonException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with Go's text. */
    public GoJsonException(String goText) {
        super(goText, null, false, false);
    }

    /** Go's text of the error. */
    public String text() {
        return String.valueOf(getMessage());
    }
}

package io.essaim.dialect;

/** A client's request cannot be read. Has no stack trace. */
public final class InvalidRequest extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    InvalidRequest(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    InvalidRequest(String message) {
        this(400, message);
    }

    /** The HTTP status Ollama answers: 400, at times 500. */
    public int status() {
        return status;
    }

    /** The sentence for the client; Ollama's own where Ollama has one. */
    public String text() {
        return String.valueOf(getMessage());
    }
}

package io.essaim.http;

/** A message that is not acceptable HTTP/1.1. Has no stack trace. */
public final class BadMessage extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    public BadMessage(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** The status for the client: 4xx, 501 or 505. */
    public int status() {
        return status;
    }

    /** One sentence for a person. */
    public String text() {
        return String.valueOf(getMessage());
    }
}

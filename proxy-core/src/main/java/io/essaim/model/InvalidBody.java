package io.essaim.model;

/** A request body that is not JSON, or that Ollama would read in another way than it looks. Has no stack trace. */
public final class InvalidBody extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    InvalidBody(String reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** One word for the {@code X-Essaim-Reason} field: {@code invalid_json}, {@code ambiguous_json}, {@code bad_type}. */
    public String reason() {
        return reason;
    }

    /** The sentence for the client; Ollama's own where Ollama has one. Never null. */
    public String text() {
        return String.valueOf(getMessage());
    }
}

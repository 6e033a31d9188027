package io.essaim.dialect;

/**
 * What a backend said went wrong.
 *
 * @param status the HTTP status for the client
 * @param message one sentence for the client; the backend's own where that is safe to show
 * @param retryAfterSeconds when the backend wants to be asked again; -1 if it did not say
 */
public record Fault(Kind kind, int status, String message, long retryAfterSeconds) {
    /** Ollama's own text: clients know it and shorten the conversation instead of trying again. */
    static final String OVERFLOW = "the input length exceeds the context length";

    /** The kinds of fault. */
    public enum Kind {
        /** The request is wrong; no other backend of the dialect would take it. */
        BAD_REQUEST,
        /** The proxy's key was not accepted, or may not do this: the operator's matter, not the client's. */
        DENIED,
        MODEL_MISSING,
        CONTEXT_OVERFLOW,
        /** The backend's filter refused the prompt. */
        FILTERED,
        /** Too many requests or tokens for the moment. */
        RATE_LIMITED,
        /** Nothing left until somebody pays, or for the day. */
        QUOTA_SPENT,
        OVERLOADED,
        SERVER_ERROR,
        /** Bytes that are not the dialect. */
        MALFORMED,
        /** The stream ended before its end. */
        INCOMPLETE
    }

    static Fault of(Kind kind, int status, String message) {
        return new Fault(kind, status, message, -1);
    }

    static Fault malformed(String what) {
        return of(Kind.MALFORMED, 502, "the backend sent " + what);
    }
}

package io.essaim.dialect;

import io.essaim.api.Failure;
import org.jspecify.annotations.Nullable;

/**
 * What a backend said went wrong.
 *
 * @param status the HTTP status for the client
 * @param message one sentence for the client; the backend's own where that is safe to show
 * @param retryAfterSeconds when the backend wants to be asked again; -1 if it did not say
 */
public record ProviderError(Kind kind, int status, String message, long retryAfterSeconds) {
    /** Ollama's own text: clients know it and shorten the conversation instead of trying again. */
    static final String OVERFLOW = "the input length exceeds the context length";

    /** The kinds of fault. */
    public enum Kind {
        /** The request is wrong; no other backend of the dialect would take it. */
        BAD_REQUEST,
        /** The request is right, but not for this model: another backend may well take it. */
        UNFIT,
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

    static ProviderError of(Kind kind, int status, String message) {
        return new ProviderError(kind, status, message, -1);
    }

    static ProviderError malformed(String what) {
        return of(Kind.MALFORMED, 502, "the backend sent " + what);
    }

    /**
     * What it says about the backend, and whether another may be asked; null when it is the right answer for the client,
     * whose own request is at fault.
     */
    public @Nullable Failure failure() {
        return switch (kind) {
            case BAD_REQUEST, CONTEXT_OVERFLOW, FILTERED -> null;
            case UNFIT ->
                new Failure(Failure.Kind.MODEL_BROKEN, "its model does not go on with an answer that was begun");
            case RATE_LIMITED, QUOTA_SPENT, OVERLOADED ->
                new Failure(Failure.Kind.SATURATED, "it is busy (" + status + ")");
            case MODEL_MISSING -> new Failure(Failure.Kind.MODEL_MISSING, "it does not have the model");
            // Nobody can use it until somebody mends the key.
            case DENIED -> new Failure(Failure.Kind.SERVER_ERROR, "it did not accept the proxy's credentials");
            case SERVER_ERROR -> new Failure(Failure.Kind.SERVER_ERROR, "it answered with an error");
            case MALFORMED -> new Failure(Failure.Kind.MALFORMED, "its answer could not be read");
            case INCOMPLETE -> new Failure(Failure.Kind.INCOMPLETE, "it ended its answer too early");
        };
    }

    /**
     * What may be written down of it: never the backend's own words, which may quote what it was asked.
     */
    public Failure noted() {
        Failure failure = failure();
        if (failure != null) {
            return failure;
        }
        String words = switch (kind) {
            case CONTEXT_OVERFLOW -> "the request is longer than its context";
            case FILTERED -> "its filter refused the request";
            default -> "it refused the request (" + status + ")";
        };
        return new Failure(Failure.Kind.INTERNAL, words);
    }
}

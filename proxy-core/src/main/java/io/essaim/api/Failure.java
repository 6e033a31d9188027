package io.essaim.api;

/**
 * Why an attempt at a backend did not give an answer. Whether another backend may be tried, and what the breaker is
 * told, is decided here, where the failure is born, and nowhere else.
 *
 * @param kind what happened
 * @param message one sentence for a person; never holds a secret or text of a prompt
 */
public record Failure(Kind kind, String message) {

    /** What the breaker learns from an attempt. */
    public enum Outcome {
        /** The backend works. */
        OK,
        /** The backend is at fault. */
        FAIL,
        /** The backend works but is full. */
        SATURATED,
        /** Says nothing about the backend. */
        NEUTRAL
    }

    /** The classes of failure (Ollama's texts and statuses are classified by {@link ErrorAnswers}). */
    public enum Kind {
        CONNECT_REFUSED(Outcome.FAIL, true, 502),
        CONNECT_TIMEOUT(Outcome.FAIL, true, 504),
        /** The connection died before a byte of the answer came. */
        LOST(Outcome.FAIL, true, 502),
        /** The connection died in the middle of the answer. */
        CUT(Outcome.FAIL, true, 502),
        /** A pooled connection that had died while idle: the request was not read. */
        STALE_CONNECTION(Outcome.NEUTRAL, true, 502),
        /** Bytes that are not HTTP/1.1, or nothing that an Ollama answers with. */
        MALFORMED(Outcome.FAIL, true, 502),
        /** An answer of 5xx, or an error as the first frame. */
        SERVER_ERROR(Outcome.FAIL, true, 502),
        /** The model could not run there; the host itself is well. */
        MODEL_BROKEN(Outcome.NEUTRAL, true, 500),
        /** 429, or 503 with Ollama's "server busy". */
        SATURATED(Outcome.SATURATED, true, 503),
        /** The model is not there, whatever the inventory said. */
        MODEL_MISSING(Outcome.NEUTRAL, true, 404),
        FIRST_TOKEN_TIMEOUT(Outcome.FAIL, true, 504),
        /** The probe found the host dead while the first token was awaited. */
        HOST_DOWN(Outcome.NEUTRAL, true, 502),
        IDLE_TIMEOUT(Outcome.FAIL, false, 504),
        /** A clean end without the terminal frame: a runner that died looks like this. */
        INCOMPLETE(Outcome.FAIL, true, 502),
        CLIENT_GONE(Outcome.NEUTRAL, false, 499),
        /** The client did not read for too long. */
        CLIENT_STALLED(Outcome.NEUTRAL, false, 499),
        SHUTTING_DOWN(Outcome.NEUTRAL, false, 503),
        INTERNAL(Outcome.NEUTRAL, false, 500);

        private final Outcome outcome;
        private final boolean retry;
        private final int status;

        Kind(Outcome outcome, boolean retry, int status) {
            this.outcome = outcome;
            this.retry = retry;
            this.status = status;
        }
    }

    public Outcome outcome() {
        return kind.outcome;
    }

    /** Whether another backend may be asked, as long as nothing has reached the client. */
    public boolean retriable() {
        return kind.retry;
    }

    /**
     * Whether trying elsewhere costs nothing of the retry budget: no work was done, or the host is gone, and a host that
     * dies takes no more than what it had in flight with it.
     */
    public boolean freeRetry() {
        return switch (kind) {
            case CONNECT_REFUSED, CONNECT_TIMEOUT, STALE_CONNECTION, LOST, HOST_DOWN, MODEL_MISSING -> true;
            default -> false;
        };
    }

    /** The status for the client when nothing else can be tried. */
    public int status() {
        return kind.status;
    }
}

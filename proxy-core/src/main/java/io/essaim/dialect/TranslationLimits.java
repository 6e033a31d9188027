package io.essaim.dialect;

/**
 * How much a request may say that is translated. Anthropic takes 100,000 messages and 32 MB, OpenAI 2048 messages and 50 MB, Gemini
 * less: what is beyond the largest of these would be refused there, after it was translated and sent.
 */
public final class TranslationLimits {
    /** Messages, tools, pieces of a message and elements of any other list, each. */
    public static final int ELEMENTS = 100_000;
    /** Bytes of a body: 50 MB. */
    public static final int BYTES = 50_000_000;
    /** Pieces of all messages together. */
    static final int PIECES = 2 * ELEMENTS;

    private TranslationLimits() {}

    static void bytes(int bytes) throws InvalidRequest {
        if (bytes > BYTES) {
            throw new InvalidRequest(
                    413, "a request of more than " + BYTES / 1_000_000 + " MB cannot be sent to a cloud");
        }
    }

    static void elements(String field, int elements) throws InvalidRequest {
        if (elements > ELEMENTS) {
            throw new InvalidRequest(
                    413, "a request with more than " + ELEMENTS + " " + field + " cannot be sent to a cloud");
        }
    }

    static void pieces(int pieces) throws InvalidRequest {
        if (pieces > PIECES) {
            throw new InvalidRequest(
                    413,
                    "a request whose messages have more than " + PIECES + " pieces together cannot be sent to a cloud");
        }
    }
}

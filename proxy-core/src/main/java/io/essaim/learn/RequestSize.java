package io.essaim.learn;

/**
 * The size of a request, as far as it is known before it runs.
 *
 * @param bodyBytes size of the body; tokens are reckoned from it when {@code promptTokens} is unknown
 * @param promptTokens tokens of the prompt; -1 when unknown
 * @param mostTokens longest answer that the client wants ({@code num_predict}, {@code max_tokens}); -1 when unbounded
 * @param streaming whether the client sees the first token before the last
 * @param unheard whether nobody can have read the beginning of the prompt before, so that no cache explains how fast it is read
 */
public record RequestSize(long bodyBytes, long promptTokens, long mostTokens, boolean streaming, boolean unheard) {

    /** Of a prompt that may have been read before. */
    public RequestSize(long bodyBytes, long promptTokens, long mostTokens, boolean streaming) {
        this(bodyBytes, promptTokens, mostTokens, streaming, false);
    }

    /** A streamed answer of any length to a body of so many bytes. */
    public static RequestSize ofBytes(long bodyBytes) {
        return new RequestSize(bodyBytes, -1, -1, true);
    }

    /** A streamed answer of any length to a prompt of so many tokens. */
    public static RequestSize ofTokens(long promptTokens) {
        return new RequestSize(0, promptTokens, -1, true);
    }
}

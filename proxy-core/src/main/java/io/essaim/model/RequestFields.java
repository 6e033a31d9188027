package io.essaim.model;

import org.jspecify.annotations.Nullable;

/**
 * What a request body says at its top level, and where.
 *
 * @param model the decoded value of {@code model}; null when absent, null or ""
 * @param modelAt the value, with its quotes if it has some; null when absent
 * @param stream the value of {@code stream}; null when absent or null
 * @param options where the native API's options stand and what they say of the context; null when absent
 * @param keepAlive the value of {@code keep_alive}; null when absent
 * @param think the value of {@code think}, where the API has it; null when absent
 * @param prompt what is said of the prompt
 * @param empty whether the body's object has no members
 * @param end offset of the closing brace of the body's object
 */
public record RequestFields(
        @Nullable String model,
        @Nullable ByteSpan modelAt,
        @Nullable Boolean stream,
        @Nullable Options options,
        @Nullable ByteSpan keepAlive,
        @Nullable ByteSpan think,
        PromptFields prompt,
        boolean empty,
        int end) {

    /**
     * The value of {@code options}.
     *
     * @param at the whole value
     * @param object whether it is an object (the other thing that Ollama takes is null)
     * @param empty whether the object has no members
     * @param numCtx the value of {@code num_ctx} as a whole number; null when absent or no number
     * @param numCtxAt the value; null when absent
     * @param numPredict the value of {@code num_predict}, the longest answer in tokens; -1 when unbounded or not a plain number
     */
    public record Options(
            ByteSpan at,
            boolean object,
            boolean empty,
            @Nullable Integer numCtx,
            @Nullable ByteSpan numCtxAt,
            long numPredict) {}

    /** The context that is asked for, in tokens; null when the client leaves it to the host. */
    public @Nullable Integer numCtx() {
        return options == null ? null : options.numCtx;
    }

    /** The longest answer that is wanted, in tokens; -1 when unbounded. */
    public long mostTokens() {
        return options == null || options.numPredict < 0 ? prompt.mostTokens() : options.numPredict;
    }
}

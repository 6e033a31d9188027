package io.essaim.dialect;

import org.jspecify.annotations.Nullable;

/**
 * One event of an answer, in no dialect. A stream is {@link Begin}, then words, thoughts and calls in any order, then
 * {@link Usage} if the backend counted, then {@link Finish}; or {@link Failed} in place of the rest, at any point. Calls
 * may interleave; each is begun, has its arguments in pieces, and is ended before the finish.
 */
public sealed interface StreamEvent {

    /** The first frame came. */
    record Begin() implements StreamEvent {}

    /**
     * A piece of the answer.
     *
     * @param text may be empty when there are only logprobs
     * @param logprobs the text of a JSON array with a member for each token, as OpenAI and Ollama both write it; or null
     */
    record Words(String text, @Nullable String logprobs) implements StreamEvent {}

    /**
     * A piece of the model's thoughts.
     *
     * @param signature the backend's proof for the thoughts so far, null in most pieces
     */
    record Thoughts(String text, @Nullable String signature) implements StreamEvent {}

    /**
     * A call of a tool begins.
     *
     * @param index 0 for the first call of the answer, then 1, and so on
     * @param id never empty: made where the backend gave none
     * @param signature the backend's proof, null if none
     */
    record CallBegin(
            int index, String id, String name, @Nullable String signature) implements StreamEvent {}

    /** A piece of the JSON text of a call's arguments. */
    record CallArguments(int index, String piece) implements StreamEvent {}

    /** A call is whole. */
    record CallEnd(int index) implements StreamEvent {}

    /**
     * Tokens, as the backend counted them.
     *
     * @param prompt tokens of the prompt, cached ones among them
     * @param completion tokens of the answer, thoughts among them
     */
    record Usage(long prompt, long completion) implements StreamEvent {}

    /** The answer is whole. Always the last event. */
    record Finish(Reason reason) implements StreamEvent {}

    /** The answer broke. Always the last event. */
    record Failed(ProviderError fault) implements StreamEvent {}

    /** Why an answer ended. */
    enum Reason {
        STOP,
        /** The limit of tokens, or the end of the context. */
        LENGTH,
        /** The model waits for the results of its calls. */
        CALLS,
        /** The backend's filter cut the answer off. */
        FILTERED
    }
}

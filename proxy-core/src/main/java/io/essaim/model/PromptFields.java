package io.essaim.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request body says of its prompt, to foresee how long it takes. Nothing depends on it but guesses: keys in another
 * spelling than the usual one are not found.
 *
 * @param conversation the value that grows from turn to turn ({@code messages}, {@code prompt} or {@code input}), with its
 *     brackets or quotes; null when absent
 * @param before values that stand before the conversation in what the model reads: {@code system}, {@code tools} and the like
 * @param mostTokens longest answer that is wanted ({@code max_tokens} and the like at the top level); -1 when not said
 */
public record PromptFields(@Nullable ByteSpan conversation, List<ByteSpan> before, long mostTokens) {
    /** Nothing is said. */
    public static final PromptFields NONE = new PromptFields(null, List.of(), -1);
}

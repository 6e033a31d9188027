package io.essaim.budget;

import io.essaim.config.Price;

/**
 * What calls of clouds use, or may use. Exact: whole numbers only.
 *
 * @param requests calls
 * @param tokens of prompts and answers together
 * @param cost in millionths of the rules' currency
 */
public record CloudUsage(long requests, long tokens, long cost) {
    /** Nothing at all. */
    public static final CloudUsage NONE = new CloudUsage(0, 0, 0);

    /** More than any call has; what a cloud says beyond it is a mistake that must not make the sums overflow. */
    private static final long MOST_TOKENS = 1_000_000_000;

    /**
     * One call.
     *
     * @param inputTokens of the prompt; below 0 counts as 0, above 10^9 as 10^9
     * @param outputTokens of the answer, likewise
     * @param price what the model costs there
     */
    public static CloudUsage ofCall(long inputTokens, long outputTokens, Price price) {
        long input = Math.max(0, Math.min(MOST_TOKENS, inputTokens));
        long output = Math.max(0, Math.min(MOST_TOKENS, outputTokens));
        return new CloudUsage(1, input + output, price.of(input, output));
    }

    CloudUsage plus(CloudUsage other) {
        return new CloudUsage(requests + other.requests, tokens + other.tokens, cost + other.cost);
    }

    CloudUsage minus(CloudUsage other) {
        return new CloudUsage(requests - other.requests, tokens - other.tokens, cost - other.cost);
    }
}

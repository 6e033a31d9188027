package io.essaim.config;

/**
 * What a cloud takes for a model, in millionths of the rules' currency per million tokens.
 *
 * @param input for tokens of the prompt, 0 to 10^10
 * @param output for tokens of the answer, 0 to 10^10
 */
public record Price(long input, long output) {
    /** For models without a price. */
    public static final Price FREE = new Price(0, 0);

    private static final long MILLION = 1_000_000;

    /**
     * What a call costs, in millionths of the currency, rounded up.
     *
     * @param inputTokens 0 to 10^12
     * @param outputTokens 0 to 10^12
     */
    public long of(long inputTokens, long outputTokens) {
        // whole millions and the rest apart, since tokens times price may be more than a long holds
        long whole = inputTokens / MILLION * input + outputTokens / MILLION * output;
        long rest = inputTokens % MILLION * input + outputTokens % MILLION * output;
        return whole + (rest + MILLION - 1) / MILLION;
    }
}

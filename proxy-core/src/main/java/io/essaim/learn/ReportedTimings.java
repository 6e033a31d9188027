package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/**
 * The figures of a backend about a finished answer: the last line of Ollama, or the {@code usage} of other dialects,
 * which has counts only. The numbers come from the network: a negative or absurd one counts as unknown.
 *
 * @param promptTokens {@code prompt_eval_count}, cached ones included; -1 when unknown
 * @param promptNanos {@code prompt_eval_duration}, cached tokens excluded; -1 when unknown
 * @param outputTokens {@code eval_count}; -1 when unknown
 * @param outputNanos {@code eval_duration}; -1 when unknown
 * @param loadNanos {@code load_duration}; -1 when unknown
 * @param totalNanos {@code total_duration}; -1 when unknown
 */
public record ReportedTimings(
        long promptTokens, long promptNanos, long outputTokens, long outputNanos, long loadNanos, long totalNanos) {

    /** Nothing was said. */
    public static final ReportedTimings NONE = new ReportedTimings(-1, -1, -1, -1, -1, -1);

    private static final long MOST_TOKENS = 10_000_000;
    private static final long LONGEST = TimeUnit.DAYS.toNanos(1);

    public ReportedTimings {
        promptTokens = sane(promptTokens, MOST_TOKENS);
        promptNanos = sane(promptNanos, LONGEST);
        outputTokens = sane(outputTokens, MOST_TOKENS);
        outputNanos = sane(outputNanos, LONGEST);
        loadNanos = sane(loadNanos, LONGEST);
        totalNanos = sane(totalNanos, LONGEST);
    }

    private static long sane(long value, long most) {
        return value >= 0 && value <= most ? value : -1;
    }

    /** Only counts, as clouds give them; -1 when unknown. */
    public static ReportedTimings counts(long promptTokens, long outputTokens) {
        return new ReportedTimings(promptTokens, -1, outputTokens, -1, -1, -1);
    }

    /**
     * Seconds of the total that no field names: the queue of the model's runner, where requests for a loaded model wait without
     * bound (Ollama, llm/server.go, sem.Acquire), and between the tokens sampling and grammars. NaN unless all parts are known.
     */
    double unnamedSeconds() {
        if (totalNanos < 0 || loadNanos < 0 || promptNanos < 0 || outputNanos < 0) {
            return Double.NaN;
        }
        return Math.max(0, totalNanos - loadNanos - promptNanos - outputNanos) / 1e9;
    }
}

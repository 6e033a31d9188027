package io.essaim.learn;

/** What is the same wherever a model runs: the length of its answers, and the bytes of a request per token. Any thread. */
public final class ModelStatistics {
    private final OutputLengths lengths = new OutputLengths();
    private final PromptSizes sizes = new PromptSizes();
    private final LogMean reading = new LogMean(1);
    private volatile PromptSizes.Fit fit = sizes.fit();
    private volatile double readSeconds = Double.POSITIVE_INFINITY;

    ModelStatistics() {}

    public OutputLengths lengths() {
        return lengths;
    }

    /** Tokens of the prompt of this request, at least 1. */
    long promptTokens(RequestSize demand) {
        return demand.promptTokens() >= 0 ? Math.max(1, demand.promptTokens()) : fit.tokens(demand.bodyBytes());
    }

    /** A body of so many bytes had so many tokens. */
    synchronized void observePrompt(long bodyBytes, long tokens, long now) {
        sizes.observe(bodyBytes, tokens, now);
        fit = sizes.fit();
    }

    /** A prompt was read where a token takes so many seconds. */
    synchronized void observeReading(double seconds, long now) {
        reading.observe(seconds, now);
        readSeconds = reading.value();
    }

    /** Seconds per prompt token where the model's prompts usually are read; infinite until one was. */
    double readSeconds() {
        return readSeconds;
    }

    synchronized boolean blank() {
        return !sizes.observed() && !lengths.observed();
    }

    synchronized EstimateSnapshot.Habits snapshot(String model, long now) {
        return new EstimateSnapshot.Habits(model, sizes.snapshot(now), sizes.envelope(), lengths.counts());
    }

    synchronized void restore(EstimateSnapshot.Habits saved, long then) {
        sizes.restore(saved.bytesPerToken(), saved.envelopeBytes(), then);
        fit = sizes.fit();
        lengths.restore(saved.lengths());
    }
}

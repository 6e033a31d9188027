package io.essaim.learn;

/**
 * What is the same wherever a model runs: how long its answers are and how many bytes of a request make a token. Any thread.
 */
public final class ModelHabits {
    static final double LEAST_BYTES = 0.5;
    static final double MOST_BYTES = 16;

    private static final double USUAL_BYTES = 4;

    /** Smaller bodies are all field names. */
    private static final long LEAST_BODY = 256;

    private final OutputLengths lengths = new OutputLengths();
    private final LogMean bytes = new LogMean(USUAL_BYTES);
    private final LogMean reading = new LogMean(1);
    private volatile double bytesPerToken = USUAL_BYTES;
    private volatile double readSeconds = Double.POSITIVE_INFINITY;

    ModelHabits() {}

    public OutputLengths lengths() {
        return lengths;
    }

    /** Bytes of a body per token of its prompt, 0.5 to 16. */
    public double bytesPerToken() {
        return bytesPerToken;
    }

    /** Tokens of the prompt of this request, at least 1. */
    long promptTokens(Demand demand) {
        return demand.promptTokens() >= 0
                ? Math.max(1, demand.promptTokens())
                : Math.max(1, (long) (demand.bodyBytes() / bytesPerToken));
    }

    /** A body of so many bytes had so many tokens. A quotient that no text has (images, a cut prompt) says nothing. */
    synchronized void observePrompt(long bodyBytes, long tokens, long now) {
        if (bodyBytes < LEAST_BODY || tokens <= 0) {
            return;
        }
        double quotient = (double) bodyBytes / tokens;
        if (quotient >= LEAST_BYTES && quotient <= MOST_BYTES) {
            bytes.observe(quotient, now);
            bytesPerToken = bytes.value();
        }
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
        return !bytes.observed() && !lengths.observed();
    }

    synchronized Snapshot.Habits snapshot(String model, long now) {
        return new Snapshot.Habits(model, bytes.snapshot(now), lengths.counts());
    }

    synchronized void restore(Snapshot.Habits saved, long then) {
        bytes.restore(saved.bytesPerToken(), then);
        bytesPerToken = bytes.value();
        lengths.restore(saved.lengths());
    }
}

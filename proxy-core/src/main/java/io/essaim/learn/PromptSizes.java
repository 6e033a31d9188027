package io.essaim.learn;

/**
 * The tokens of the prompt in a body: {@code (bytes - envelope) / bytes per token}. The envelope is what stands around
 * the text (names of fields, options) less what a template adds; without it short prompts look large and long ones
 * small. It is learned by normalised least mean squares from how the error changes with the size of the body. Not
 * thread-safe.
 */
final class PromptSizes {
    static final double LEAST_BYTES = 0.5;
    static final double MOST_BYTES = 16;
    static final double MOST_ENVELOPE = 4096;

    private static final double USUAL_BYTES = 4;

    /** Smaller bodies are all field names. */
    private static final long LEAST_BODY = 256;

    private static final double RATE = 0.05;

    /** Of 1 / bytes; below it all bodies are so large, or so alike, that there is nothing to see. */
    private static final double LEAST_VARIANCE = 1e-8;

    private static final double LEAST_TEXT = 0.25;

    private final LogMean bytesPerToken = new LogMean(USUAL_BYTES);

    /** What is believed at one time. */
    record Fit(double bytesPerToken, double envelope) {
        /** At least 1. */
        long tokens(long bodyBytes) {
            return Math.max(1, (long) (text(bodyBytes) / bytesPerToken));
        }

        private double text(long bodyBytes) {
            return Math.max(LEAST_TEXT * bodyBytes, bodyBytes - envelope);
        }
    }

    private double envelope;
    private double mean;
    private double variance;
    private boolean seen;

    Fit fit() {
        return new Fit(bytesPerToken.value(), envelope);
    }

    /** A body of so many bytes had so many tokens. A quotient that no text has (images, a cut prompt) says nothing. */
    void observe(long bodyBytes, long tokens, long now) {
        if (bodyBytes < LEAST_BODY || tokens <= 0) {
            return;
        }
        double text = fit().text(bodyBytes);
        double quotient = text / tokens;
        if (quotient < LEAST_BYTES || quotient > MOST_BYTES) {
            return;
        }
        if (bytesPerToken.settled(now)) {
            learnEnvelope(Math.log(quotient / bytesPerToken.value()), 1 / text);
        }
        bytesPerToken.observe(quotient, now);
    }

    /** @param slope of the surprise, with the envelope */
    private void learnEnvelope(double surprise, double slope) {
        double off = seen ? slope - mean : 0;
        mean = seen ? mean + RATE * off : slope;
        variance += RATE * (off * off - variance);
        seen = true;
        double step = RATE * Confidence.clipped(surprise) * off / Math.max(LEAST_VARIANCE, variance);
        envelope = Math.max(-MOST_ENVELOPE, Math.min(MOST_ENVELOPE, envelope + step));
    }

    double envelope() {
        return envelope;
    }

    boolean observed() {
        return bytesPerToken.observed();
    }

    EstimateSnapshot.Figure snapshot(long now) {
        return bytesPerToken.snapshot(now);
    }

    void restore(EstimateSnapshot.Figure saved, double savedEnvelope, long then) {
        bytesPerToken.restore(saved, then);
        envelope = savedEnvelope;
    }
}

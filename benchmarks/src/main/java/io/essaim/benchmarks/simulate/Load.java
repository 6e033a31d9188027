package io.essaim.benchmarks.simulate;

/**
 * What clients do. Lengths are tokens.
 *
 * @param conversations begun per second
 * @param seconds for which conversations begin and go on
 * @param warmUp seconds at the beginning that do not count
 * @param turns of a conversation on average, geometric
 * @param thinkSeconds on average between an answer and the next question, exponential
 * @param promptMedian of the first question, log-normal with {@code promptSigma}
 * @param mostPrompt no prompt is longer
 * @param outputMedian of an answer, log-normal with {@code outputSigma}
 * @param mostOutput no answer is longer
 * @param patience seconds until a client who has not seen a token leaves
 */
record Load(
        double conversations,
        double seconds,
        double warmUp,
        double turns,
        double thinkSeconds,
        double promptMedian,
        double promptSigma,
        int mostPrompt,
        double outputMedian,
        double outputSigma,
        int mostOutput,
        double patience) {

    Load lasting(double otherSeconds, double otherWarmUp) {
        return new Load(
                conversations,
                otherSeconds,
                otherWarmUp,
                turns,
                thinkSeconds,
                promptMedian,
                promptSigma,
                mostPrompt,
                outputMedian,
                outputSigma,
                mostOutput,
                patience);
    }
}

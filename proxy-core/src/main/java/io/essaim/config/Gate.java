package io.essaim.config;

/**
 * What has to be expected of an answer, lest a better way is looked for.
 *
 * @param ttftSeconds to the first token at most; infinite for whatever it takes
 * @param tpotSeconds per further token at most; infinite for whatever it takes
 */
public record Gate(double ttftSeconds, double tpotSeconds) {

    /** Whether an answer is good enough that is expected to come like this. Seconds. */
    public boolean admits(double ttft, double tpot) {
        return ttft <= ttftSeconds && tpot <= tpotSeconds;
    }
}

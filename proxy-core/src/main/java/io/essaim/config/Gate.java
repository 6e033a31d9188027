package io.essaim.config;

/**
 * What has to be expected of an answer, lest a better way is looked for.
 *
 * @param ttftSeconds to the first token at most; infinite for whatever it takes
 * @param tpotSeconds per further token at most; infinite for whatever it takes
 * @param readAhead whether hosts without work may read what took them too long; default true
 */
public record Gate(double ttftSeconds, double tpotSeconds, boolean readAhead) {
    /** One with the default. */
    public Gate(double ttftSeconds, double tpotSeconds) {
        this(ttftSeconds, tpotSeconds, true);
    }

    /** Whether an answer is good enough that is expected to come like this. Seconds. */
    public boolean admits(double ttft, double tpot) {
        return ttft <= ttftSeconds && tpot <= tpotSeconds;
    }
}

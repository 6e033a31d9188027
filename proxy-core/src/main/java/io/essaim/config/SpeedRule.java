package io.essaim.config;

import org.jspecify.annotations.Nullable;

/**
 * How fast the operator believes a backend to be; what is measured there replaces it soon.
 *
 * @param machine what kind of machine it is; null when the rules do not say
 * @param tokensPerSecond that one answer is written at there, more than 0; 0 when the rules do not say
 * @param promptTokensPerSecond that a prompt is read at there, more than 0; 0 when the rules do not say
 */
public record SpeedRule(@Nullable Machine machine, double tokensPerSecond, double promptTokensPerSecond) {

    /** The rules say nothing. */
    public static final SpeedRule NONE = new SpeedRule(null, 0, 0);

    /** Kinds of machines, with the words that stand for them in the rules. */
    public enum Machine {
        SMALL_BOARD("small-board"),
        CPU("cpu"),
        GPU("gpu"),
        CLOUD("cloud");

        private final String key;

        Machine(String key) {
            this.key = key;
        }

        public String key() {
            return key;
        }
    }
}

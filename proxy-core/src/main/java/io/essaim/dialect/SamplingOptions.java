package io.essaim.dialect;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sampling options. An option that is absent is the backend's own default.
 *
 * @param numbers the options that are numbers
 * @param stop texts that end the answer, empty for none
 * @param logprobs how many alternatives are wanted for each token; 0 for the chosen token alone, null for no logprobs
 */
public record SamplingOptions(
        Map<Setting, Double> numbers,
        List<String> stop,
        @Nullable Integer logprobs) {
    /** No option at all. */
    public static final SamplingOptions NONE = new SamplingOptions(Map.of(), List.of(), null);

    public SamplingOptions {
        numbers = Map.copyOf(numbers);
        stop = List.copyOf(stop);
    }

    /** A numeric option: its name in Ollama, which is also the name in a refusal, and the value that does nothing. */
    public enum Setting {
        TEMPERATURE("temperature", Double.NaN, false),
        TOP_P("top_p", 1, false),
        TOP_K("top_k", Double.NaN, true),
        MIN_P("min_p", 0, false),
        TYPICAL_P("typical_p", 1, false),
        SEED("seed", Double.NaN, true),
        /** How many tokens at most; Ollama's -1 and 0 mean no limit and are left out. */
        LIMIT("num_predict", Double.NaN, true),
        PRESENCE_PENALTY("presence_penalty", 0, false),
        FREQUENCY_PENALTY("frequency_penalty", 0, false),
        REPEAT_PENALTY("repeat_penalty", 1, false),
        /** Says over how many tokens the penalty looks, so it does nothing without one. */
        REPEAT_LAST_N("repeat_last_n", Double.NaN, true);

        private final String key;
        private final double idle;
        private final boolean whole;

        Setting(String key, double idle, boolean whole) {
            this.key = key;
            this.idle = idle;
            this.whole = whole;
        }

        /** The name in Ollama's options. */
        public String key() {
            return key;
        }

        /** Whether leaving the option out changes nothing when it has this value. */
        boolean doesNothing(double value) {
            return value == idle;
        }

        boolean isWhole() {
            return whole;
        }
    }

    /** The value of an option, null when absent. */
    public @Nullable Double get(Setting option) {
        return numbers.get(option);
    }

    /** Collects options while a request is read. */
    static final class Draft {
        private final Map<Setting, Double> numbers = new EnumMap<>(Setting.class);
        private List<String> stop = List.of();
        private @Nullable Integer logprobs;

        Draft set(Setting option, @Nullable Double value) {
            if (value != null) {
                numbers.put(option, value);
            }
            return this;
        }

        /** A limit of 0 or below is none, as in Ollama. */
        Draft limit(@Nullable Double tokens) {
            return tokens == null || tokens <= 0 ? this : set(Setting.LIMIT, tokens);
        }

        Draft stop(List<String> texts) {
            stop = texts;
            return this;
        }

        Draft logprobs(@Nullable Integer alternatives) {
            logprobs = alternatives;
            return this;
        }

        SamplingOptions done() {
            return new SamplingOptions(numbers, stop, logprobs);
        }
    }
}

package io.essaim.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much an agent may ask for at once and over time.
 *
 * @param requests requests in {@code per}; 0 for any number
 * @param tokens tokens of prompts and answers in {@code per}; 0 for any number
 * @param per the time that they are for; it says how fast used ones come back, and all of them may be used at once
 * @param word how the rules call that time
 * @param concurrency requests under way at once; 0 for any number
 */
public record RateRule(int requests, int tokens, @Nullable Duration per, String word, int concurrency) {
    /** Any number of requests. */
    public static final RateRule NONE = new RateRule(0, 0, null, "", 0);

    /** The same with a limit of requests under way at once. */
    RateRule atOnce(int most) {
        return new RateRule(requests, tokens, per, word, most);
    }

    /** What it limits over time, for a person; empty for nothing. */
    List<String> limits() {
        List<String> limits = new ArrayList<>();
        if (requests > 0) {
            limits.add(requests + " requests per " + word);
        }
        if (tokens > 0) {
            limits.add(tokens + " tokens per " + word);
        }
        return limits;
    }
}

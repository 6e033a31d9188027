package io.essaim.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much an agent may ask for at once and over time.
 *
 * @param requests requests in {@code per}; 0 for any number
 * @param per the time that they are for; it says how fast used ones come back, and all of them may be used at once
 * @param word how the rules call that time
 * @param concurrency requests under way at once; 0 for any number
 */
public record RateRule(int requests, @Nullable Duration per, String word, int concurrency) {
    /** Any number of requests. */
    public static final RateRule NONE = new RateRule(0, null, "", 0);
}

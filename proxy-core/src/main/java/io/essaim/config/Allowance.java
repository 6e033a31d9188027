package io.essaim.config;

/**
 * What an agent may use of clouds in one window. {@link #UNLIMITED} stands for what is not limited.
 *
 * @param requests calls, 1 to 10^9
 * @param tokens of prompts and answers together, 1 to 10^12
 * @param cost in millionths of the rules' currency, 1 to 10^15
 */
public record Allowance(long requests, long tokens, long cost) {
    /** No limit. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** Nothing is limited. */
    public static final Allowance ALL = new Allowance(UNLIMITED, UNLIMITED, UNLIMITED);
}

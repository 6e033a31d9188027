package io.essaim.learn;

/**
 * The generations that ran on a backend during an observation.
 *
 * @param running generations on average, what was done included; at least 1
 * @param slowdown how many times longer reading took because of the others; at least 1
 */
record Concurrency(double running, double slowdown) {
    /** Nobody else. */
    static final Concurrency NOBODY = new Concurrency(1, 1);
}

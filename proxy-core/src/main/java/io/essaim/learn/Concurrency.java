package io.essaim.learn;

/**
 * Who ran on a backend while something was done there.
 *
 * @param running generations on average, what was done included; at least 1
 * @param slowdown how many times longer reading took because of the others; at least 1
 */
record Concurrency(double running, double slowdown) {
    /** Nobody else. */
    static final Concurrency NOBODY = new Concurrency(1, 1);
}

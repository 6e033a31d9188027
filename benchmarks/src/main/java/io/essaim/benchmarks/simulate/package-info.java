/**
 * The proof by simulation: fleets made of arithmetic under a virtual clock, and policies that share requests out among them,
 * the proxy's own classes being one. Same seed, same result, on every machine.
 */
@NullMarked
package io.essaim.benchmarks.simulate;

import org.jspecify.annotations.NullMarked;

/** What learning and predicting cost. */
@org.jspecify.annotations.NullMarked
package io.essaim.benchmarks.learn;

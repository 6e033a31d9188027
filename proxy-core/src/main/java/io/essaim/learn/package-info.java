/**
 * What is learned of backends and models, and what it predicts of a request: time to the first token, time per token, length of
 * the answer, cost. The formulas and their sources are in {@code docs/explanation/formulas.md}.
 *
 * <p>Nothing here reads a clock: every method that needs the time takes it, so that a proxy and a simulation drive the same
 * classes. Times are seconds in {@code double}, moments are nanoseconds of a {@link io.essaim.api.Ticker}.
 */
@NullMarked
package io.essaim.learn;

import org.jspecify.annotations.NullMarked;

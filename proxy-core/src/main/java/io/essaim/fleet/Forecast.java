package io.essaim.fleet;

import io.essaim.learn.Demand;
import io.essaim.learn.Prediction;

/**
 * What a request is, and what is expected of it on one backend.
 *
 * @param demand its size
 * @param caller whose it is
 * @param prediction what it is likely to take there
 */
public record Forecast(Demand demand, Caller caller, Prediction prediction) {}

package io.essaim.fleet;

import io.essaim.learn.Prediction;
import io.essaim.learn.RequestSize;

/**
 * A request, and what is expected of it on one backend.
 *
 * @param demand its size
 * @param caller whose it is
 * @param prediction what it is likely to take there
 * @param lateSeconds from now to when its first token is too late; infinite when it never is
 */
public record RequestForecast(RequestSize demand, SlotOwner caller, Prediction prediction, double lateSeconds) {

    /** Of a request whose first token is never too late. */
    public RequestForecast(RequestSize demand, SlotOwner caller, Prediction prediction) {
        this(demand, caller, prediction, Double.POSITIVE_INFINITY);
    }
}

package io.essaim.exchange;

import io.essaim.cloud.Clouds;
import io.essaim.config.Rules;
import io.essaim.warm.ContextLimits;
import io.essaim.warm.ModelLoads;
import io.essaim.warm.SelectionState;
import io.essaim.why.RequestTraces;
import io.essaim.why.RescueCounters;

/**
 * What all exchanges under one set of rules share. A request keeps the state that it started with. Any thread.
 *
 * @param rules the rules
 * @param choosing what the choice of a backend goes by
 * @param loads the models that hosts are loading at the proxy's request
 * @param contexts the largest context of each model
 * @param clouds the clouds that agents may ask
 * @param rescues counts the answers that broke off and went on
 * @param traces what was done with the latest requests
 */
public record ServingState(
        Rules rules,
        SelectionState choosing,
        ModelLoads loads,
        ContextLimits contexts,
        Clouds clouds,
        RescueCounters rescues,
        RequestTraces traces) {

    /**
     * Whether another backend may be asked for a request; takes from the retry budget what that costs.
     *
     * @param attempts backends that were asked
     * @param free whether it costs nothing
     */
    boolean anotherMay(int attempts, boolean free) {
        return attempts < rules.limits().attempts()
                && (free || choosing.retries().tryRetry());
    }
}

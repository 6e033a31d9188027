package io.essaim.admin;

import io.essaim.admission.Queues;
import io.essaim.admission.Quotas;
import io.essaim.api.Ticker;
import io.essaim.budget.Budgets;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.FleetListing;
import io.essaim.model.ModelName;
import io.essaim.selection.HedgeBudget;
import io.essaim.selection.Routes;
import io.essaim.why.JobView;
import io.essaim.why.LoadView;
import io.essaim.why.RequestTraces;
import io.essaim.why.RescueCounters;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * What the admin pages show of a running proxy under one set of rules. Nothing of it serves requests. Any thread.
 *
 * @param rules the rules
 * @param fleet the live backends
 * @param routes the routes over them
 * @param answers what clients are shown of the hosts
 * @param meansCloud whether an agent's name for a model is that of a cloud's model
 * @param queues the requests that wait
 * @param quotas how much agents may still ask for
 * @param budgets what agents may use of clouds
 * @param activity what is and was done
 * @param ticker the monotonic clock
 */
public record AdminView(
        Rules rules,
        Fleet fleet,
        Routes routes,
        FleetListing answers,
        BiPredicate<String, ModelName> meansCloud,
        Queues queues,
        Quotas quotas,
        Budgets budgets,
        Activity activity,
        Ticker ticker) {

    /**
     * What is and was done besides plain requests.
     *
     * @param jobs the long work of hosts under way
     * @param loads the loads under way, by the time now
     * @param rescues answers that broke off and went on
     * @param hedges requests sent to a second host
     * @param traces what was done with the latest requests
     */
    public record Activity(
            Supplier<List<JobView>> jobs,
            LongFunction<List<LoadView>> loads,
            RescueCounters rescues,
            HedgeBudget hedges,
            RequestTraces traces) {}
}

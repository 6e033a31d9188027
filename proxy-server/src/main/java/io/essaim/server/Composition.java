package io.essaim.server;

import io.essaim.admin.AdminView;
import io.essaim.admission.Queues;
import io.essaim.admission.Quotas;
import io.essaim.api.Ticker;
import io.essaim.budget.Budgets;
import io.essaim.cloud.Clouds;
import io.essaim.config.Rules;
import io.essaim.exchange.ServingState;
import io.essaim.fleet.Fleet;
import io.essaim.frontend.AdmissionControl;
import io.essaim.frontend.AgentListings;
import io.essaim.frontend.FirstProbe;
import io.essaim.frontend.FrontendServices;
import io.essaim.frontend.ShowCache;
import io.essaim.learn.Estimates;
import io.essaim.manage.HostJobs;
import io.essaim.manage.ManagedFleet;
import io.essaim.secret.ClientKeys;
import io.essaim.secret.Secrets;
import io.essaim.selection.HedgeBudget;
import io.essaim.selection.PrefixAffinity;
import io.essaim.selection.ReadAhead;
import io.essaim.selection.RetryBudget;
import io.essaim.selection.Routes;
import io.essaim.warm.ContextLimits;
import io.essaim.warm.ModelLoads;
import io.essaim.warm.ModelWarmer;
import io.essaim.warm.SelectionState;
import io.essaim.why.RequestTraces;
import io.essaim.why.RescueCounters;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The parts of a running proxy under one set of rules, put together. Each room is handed what it needs of them. Any thread.
 *
 * @param fleet the live backends
 * @param services what client connections need
 * @param keys the keys of clients
 * @param ticker the monotonic clock
 */
record Composition(Fleet fleet, FrontendServices services, ClientKeys keys, Ticker ticker) {
    private static final int MOST_BEGINNINGS = 100_000;

    /** What does not come from the rules: what was learned of backends, secrets, keys of clients, what agents used of clouds. */
    record Given(Ticker ticker, Estimates estimates, Secrets secrets, ClientKeys keys, Budgets budgets) {}

    /** Fresh live state for these rules. */
    static Composition of(Rules rules, Given given) {
        Ticker ticker = given.ticker();
        Fleet fleet = new Fleet(rules, ticker, given.estimates());
        SecureRandom chance = new SecureRandom();
        Queues queues = new Queues(
                rules.queue(), ticker, () -> ThreadLocalRandom.current().nextDouble());
        fleet.all().forEach(backend -> backend.whenFreed(queues::freed));
        Routes routes = new Routes(rules, fleet);
        SelectionState choosing = new SelectionState(
                routes,
                queues,
                new RetryBudget(ticker),
                new HedgeBudget(),
                new PrefixAffinity(MOST_BEGINNINGS, chance.nextLong(), chance.nextLong(), ticker),
                new ReadAhead<>());
        ServingState serving = new ServingState(
                rules,
                choosing,
                new ModelLoads(),
                new ContextLimits(),
                new Clouds(rules, fleet, given.secrets(), given.budgets()),
                new RescueCounters(),
                new RequestTraces());
        FrontendServices services = new FrontendServices(
                serving,
                new ManagedFleet(rules, fleet, routes, new HostJobs()),
                new AdmissionControl(rules, given.keys()),
                new Quotas(rules, ticker),
                AgentListings.of(rules, fleet),
                new ShowCache(),
                new FirstProbe(ticker.nanos()));
        return new Composition(fleet, services, given.keys(), ticker);
    }

    /**
     * The composition under other rules. All that lives on is the same object, backends, queues and quotas included. Nothing can go wrong
     * here: whatever the rules name must have been found good before.
     *
     * @param estimates what was learned of the backends so far
     */
    Composition changed(Rules rules, Estimates estimates) {
        ServingState was = services.serving();
        Queues queues = was.choosing().queues();
        Fleet next = fleet.changed(rules, ticker, estimates);
        next.all().forEach(backend -> backend.whenFreed(queues::freed));
        Routes routes = new Routes(rules, next);
        routes.inherit(was.choosing().routes());
        queues.adopt(rules.queue());
        ServingState serving = new ServingState(
                rules,
                was.choosing().with(routes),
                was.loads(),
                was.contexts(),
                was.clouds().changed(rules, next),
                was.rescues(),
                was.traces());
        boolean known = next.ollamas().stream().allMatch(fleet::has);
        FrontendServices changed = new FrontendServices(
                serving,
                new ManagedFleet(rules, next, routes, services.managed().jobs()),
                new AdmissionControl(rules, keys),
                services.quotas().changed(rules, ticker),
                AgentListings.of(rules, next),
                services.shows(),
                known ? services.firstLook() : new FirstProbe(ticker.nanos()));
        return new Composition(next, changed, keys, ticker);
    }

    Rules rules() {
        return services.rules();
    }

    Queues queues() {
        return services.serving().choosing().queues();
    }

    /** What the warmer looks at. */
    ModelWarmer.View warming() {
        ServingState serving = services.serving();
        return new ModelWarmer.View(serving.rules(), fleet, serving.choosing(), serving.loads());
    }

    /** What the admin pages show. */
    AdminView admin() {
        ServingState serving = services.serving();
        return new AdminView(
                rules(),
                fleet,
                serving.choosing().routes(),
                services.listings().all(),
                services::meansCloud,
                queues(),
                services.quotas(),
                serving.clouds().budgets(),
                new AdminView.Activity(
                        services.managed().jobs()::standing,
                        serving.loads()::standing,
                        serving.rescues(),
                        serving.choosing().hedges(),
                        serving.traces()),
                ticker);
    }
}

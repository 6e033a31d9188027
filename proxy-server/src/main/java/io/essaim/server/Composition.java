package io.essaim.server;

import io.essaim.admin.AdminView;
import io.essaim.admit.Queues;
import io.essaim.admit.Quotas;
import io.essaim.api.Ticker;
import io.essaim.budget.Budgets;
import io.essaim.choose.Affinity;
import io.essaim.choose.Hedges;
import io.essaim.choose.ReadAhead;
import io.essaim.choose.RetryBudget;
import io.essaim.choose.Routes;
import io.essaim.cloud.Clouds;
import io.essaim.config.Rules;
import io.essaim.exchange.ServingState;
import io.essaim.fleet.Fleet;
import io.essaim.frontend.FirstLook;
import io.essaim.frontend.Gatekeeper;
import io.essaim.frontend.Listings;
import io.essaim.frontend.Services;
import io.essaim.frontend.Shows;
import io.essaim.learn.Estimates;
import io.essaim.manage.HostJobs;
import io.essaim.manage.ManagedFleet;
import io.essaim.secret.ClientKeys;
import io.essaim.secret.Secrets;
import io.essaim.warm.Choosing;
import io.essaim.warm.ContextLimits;
import io.essaim.warm.Loads;
import io.essaim.warm.Warmer;
import io.essaim.why.Rescues;
import io.essaim.why.Stories;
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
record Composition(Fleet fleet, Services services, ClientKeys keys, Ticker ticker) {
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
        Choosing choosing = new Choosing(
                routes,
                queues,
                new RetryBudget(ticker),
                new Hedges(),
                new Affinity(MOST_BEGINNINGS, chance.nextLong(), chance.nextLong(), ticker),
                new ReadAhead<>());
        ServingState serving = new ServingState(
                rules,
                choosing,
                new Loads(),
                new ContextLimits(),
                new Clouds(rules, fleet, given.secrets(), given.budgets()),
                new Rescues(),
                new Stories());
        Services services = new Services(
                serving,
                new ManagedFleet(rules, fleet, routes, new HostJobs()),
                new Gatekeeper(rules, given.keys()),
                new Quotas(rules, ticker),
                Listings.of(rules, fleet),
                new Shows(),
                new FirstLook(ticker.nanos()));
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
                was.stories());
        boolean known = next.ollamas().stream().allMatch(fleet::has);
        Services changed = new Services(
                serving,
                new ManagedFleet(rules, next, routes, services.managed().jobs()),
                new Gatekeeper(rules, keys),
                services.quotas().changed(rules, ticker),
                Listings.of(rules, next),
                services.shows(),
                known ? services.firstLook() : new FirstLook(ticker.nanos()));
        return new Composition(next, changed, keys, ticker);
    }

    Rules rules() {
        return services.rules();
    }

    Queues queues() {
        return services.serving().choosing().queues();
    }

    /** What the warmer looks at. */
    Warmer.View warming() {
        ServingState serving = services.serving();
        return new Warmer.View(serving.rules(), fleet, serving.choosing(), serving.loads());
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
                        serving.stories()),
                ticker);
    }
}

package io.essaim.relay;

import io.essaim.admit.Queues;
import io.essaim.admit.Quotas;
import io.essaim.api.Ticker;
import io.essaim.budget.Budgets;
import io.essaim.choose.Affinity;
import io.essaim.choose.Hedges;
import io.essaim.choose.ReadAhead;
import io.essaim.choose.RetryBudget;
import io.essaim.choose.Routes;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.FleetAnswers;
import io.essaim.learn.Estimates;
import io.essaim.model.ModelName;
import io.essaim.secret.ClientKeys;
import io.essaim.secret.Secrets;
import io.essaim.why.Stories;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What all requests of one set of rules share. A request keeps the one it started with.
 *
 * @param rules the rules
 * @param fleet the live backends
 * @param routes the rules' routes over them
 * @param answers what is answered from the inventory
 * @param listings the same as each agent is shown it
 * @param shows answers of show that were given before
 * @param retries the retry budget
 * @param hedges how often a second host is asked beside a silent one
 * @param queues who waits for a slot
 * @param quotas how much agents may still ask for
 * @param affinity who has read which conversation
 * @param ahead what hosts read while they idle
 * @param jobs the downloads and other long work of hosts under way
 * @param loads the models that hosts are loading at our word
 * @param contexts how large a context each model can have
 * @param clouds what agents may ask when nothing local can answer
 * @param rescues how many answers that broke off went on
 * @param keys whose a key is that a client shows
 * @param gatekeeper who may come in with what
 * @param stories what was done with the latest requests
 * @param firstLook whether the hosts have been looked at
 * @param ticker the monotonic clock
 */
public record Shared(
        Rules rules,
        Fleet fleet,
        Routes routes,
        FleetAnswers answers,
        Listings listings,
        Shows shows,
        RetryBudget retries,
        Hedges hedges,
        Queues queues,
        Quotas quotas,
        Affinity affinity,
        ReadAhead<Reread> ahead,
        HostJobs jobs,
        Loads loads,
        ContextLimits contexts,
        Clouds clouds,
        Rescues rescues,
        ClientKeys keys,
        Gatekeeper gatekeeper,
        Stories stories,
        FirstLook firstLook,
        Ticker ticker) {

    private static final int MOST_BEGINNINGS = 100_000;

    /**
     * Whether the name that an agent says is that of a cloud's model, of which its listings show no host: hosts are not asked then.
     *
     * @param agent who has proven to be it, if its rule wants that
     */
    public boolean meansCloud(String agent, ModelName model) {
        FleetAnswers own = listings.clouded().get(rules.agent(agent).name());
        return own != null && own.cloud(model) != null;
    }

    /**
     * Whether another backend may be asked for a request; takes from the retry budget what that costs.
     *
     * @param attempts backends that were asked
     * @param free whether it costs nothing
     */
    boolean anotherMay(int attempts, boolean free) {
        return attempts < rules.limits().attempts() && (free || retries.tryRetry());
    }

    /**
     * Fresh live state for these rules.
     *
     * @param estimates what was learned of the backends so far
     * @param secrets where keys of clouds are found
     * @param keys whose a key is that a client shows
     * @param budgets what agents may use of clouds
     */
    public static Shared of(
            Rules rules, Ticker ticker, Estimates estimates, Secrets secrets, ClientKeys keys, Budgets budgets) {
        Fleet fleet = new Fleet(rules, ticker, estimates);
        SecureRandom chance = new SecureRandom();
        Queues queues = new Queues(
                rules.queue(), ticker, () -> ThreadLocalRandom.current().nextDouble());
        fleet.all().forEach(backend -> backend.whenFreed(queues::freed));
        Listings listings = Listings.of(rules, fleet);
        return new Shared(
                rules,
                fleet,
                new Routes(rules, fleet),
                listings.all(),
                listings,
                new Shows(),
                new RetryBudget(ticker),
                new Hedges(),
                queues,
                new Quotas(rules, ticker),
                new Affinity(MOST_BEGINNINGS, chance.nextLong(), chance.nextLong(), ticker),
                new ReadAhead<>(),
                new HostJobs(),
                new Loads(),
                new ContextLimits(),
                new Clouds(fleet, secrets, budgets, rules.currency()),
                new Rescues(),
                keys,
                new Gatekeeper(rules, keys),
                new Stories(),
                new FirstLook(ticker.nanos()),
                ticker);
    }

    /**
     * What is shared under other rules: all that lives on is the same object, backends, queues and quotas included. Nothing can go
     * wrong here: whatever the rules name must have been found good before.
     *
     * @param estimates what was learned of the backends so far
     */
    public Shared changed(Rules newRules, Estimates estimates) {
        Fleet newFleet = fleet.changed(newRules, ticker, estimates);
        newFleet.all().forEach(backend -> backend.whenFreed(queues::freed));
        Routes newRoutes = new Routes(newRules, newFleet);
        newRoutes.inherit(routes);
        queues.adopt(newRules.queue());
        Listings newListings = Listings.of(newRules, newFleet);
        return new Shared(
                newRules,
                newFleet,
                newRoutes,
                newListings.all(),
                newListings,
                shows,
                retries,
                hedges,
                queues,
                quotas.changed(newRules, ticker),
                affinity,
                ahead,
                jobs,
                loads,
                contexts,
                clouds.changed(newFleet, newRules.currency()),
                rescues,
                keys,
                new Gatekeeper(newRules, keys),
                stories,
                newFleet.ollamas().stream().allMatch(fleet::has) ? firstLook : new FirstLook(ticker.nanos()),
                ticker);
    }
}

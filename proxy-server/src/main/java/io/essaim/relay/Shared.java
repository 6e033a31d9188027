package io.essaim.relay;

import io.essaim.admit.Queues;
import io.essaim.api.Ticker;
import io.essaim.choose.Affinity;
import io.essaim.choose.RetryBudget;
import io.essaim.choose.Routes;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.FleetAnswers;
import io.essaim.learn.Estimates;
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
 * @param shows answers of show that were given before
 * @param retries the retry budget
 * @param queues who waits for a slot
 * @param affinity who has read which conversation
 * @param jobs the downloads and other long work of hosts under way
 * @param loads the models that hosts are loading at our word
 * @param stories what was done with the latest requests
 * @param firstLook whether the hosts have been looked at
 * @param ticker the monotonic clock
 */
public record Shared(
        Rules rules,
        Fleet fleet,
        Routes routes,
        FleetAnswers answers,
        Shows shows,
        RetryBudget retries,
        Queues queues,
        Affinity affinity,
        HostJobs jobs,
        Loads loads,
        Stories stories,
        FirstLook firstLook,
        Ticker ticker) {

    private static final int MOST_BEGINNINGS = 100_000;

    /**
     * Fresh live state for these rules.
     *
     * @param estimates what was learned of the backends so far
     */
    public static Shared of(Rules rules, Ticker ticker, Estimates estimates) {
        Fleet fleet = new Fleet(rules, ticker, estimates);
        SecureRandom keys = new SecureRandom();
        Queues queues = new Queues(
                rules.queue(), ticker, () -> ThreadLocalRandom.current().nextDouble());
        fleet.all().forEach(backend -> backend.whenFreed(queues::freed));
        FleetAnswers answers = new FleetAnswers(fleet, rules.aliases());
        return new Shared(
                rules,
                fleet,
                new Routes(rules, fleet),
                answers,
                new Shows(answers),
                new RetryBudget(ticker),
                queues,
                new Affinity(MOST_BEGINNINGS, keys.nextLong(), keys.nextLong(), ticker),
                new HostJobs(),
                new Loads(),
                new Stories(),
                new FirstLook(ticker.nanos()),
                ticker);
    }
}

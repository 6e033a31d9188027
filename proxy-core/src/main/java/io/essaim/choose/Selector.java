package io.essaim.choose;

import io.essaim.choose.Choice.Considered;
import io.essaim.choose.Choice.Standing;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Forecast;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.Lease;
import io.essaim.fleet.ModelState;
import io.essaim.learn.Prediction;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the backend of a request: the first tier with an eligible backend, and within it the lowest predicted cost.
 *
 * <p><b>Eligible</b>: alive, breaker not open, not saturated, has the model (or its inventory is not known yet), did not fail
 * to run it a moment ago, not tried already.
 *
 * <p><b>Cost</b>: {@link Prediction#cost(double)} of what was learned of the model there, for a favour of weight times ramp. A
 * backend that was never measured is tried once, however slow its class is believed to be; while that trial runs, and for a
 * while if it taught nothing, it costs more than a measured one, so it is not flooded.
 *
 * <p><b>Last resort</b>: when nothing is eligible, a host that has the model and is alive but whose breaker is open gets one
 * request at a time rather than none (a breaker protects choices; without a choice it only hides the answer).
 *
 * <p>Stateless; any thread.
 */
public final class Selector {
    /** A minute to the first token. */
    private static final double UNMEASURED_COST = 240;

    private Selector() {}

    /**
     * Chooses and takes the lease.
     *
     * @param plan the candidates
     * @param tried backends that this request has been to already
     * @param prompt what is asked
     */
    public static Choice choose(Plan plan, Set<Backend> tried, Prompt prompt) {
        List<Considered> considered = new ArrayList<>();
        if (!plan.isEmpty()) {
            long now = plan.tiers().get(0).get(0).backend().now();
            for (int tier = 0; tier < plan.tiers().size(); tier++) {
                int from = considered.size();
                List<Candidate> candidates = plan.tiers().get(tier);
                for (int i = 0; i < candidates.size(); i++) {
                    considered.add(consider(candidates.get(i), plan, tried, prompt, now));
                }
                Choice.Taken taken = best(plan, tier, considered, from, prompt, now);
                if (taken != null) {
                    return taken;
                }
            }
        }
        Choice.Taken lastResort = lastResort(plan, tried, prompt, considered);
        return lastResort != null ? lastResort : Refusals.explain(plan, tried);
    }

    private static Considered consider(Candidate candidate, Plan plan, Set<Backend> tried, Prompt prompt, long now) {
        Standing obstacle = obstacle(candidate, tried, now);
        if (obstacle != null) {
            return new Considered(candidate, obstacle, null, Double.NaN);
        }
        Backend backend = candidate.backend();
        Prediction prediction = prompt.forecast(candidate, plan.context(), now).prediction();
        double favour = backend.rule().weight() * backend.ramp(now);
        double cost = prediction.cost(favour);
        if (prediction.measured()) {
            return new Considered(candidate, Standing.MEASURED, prediction, cost);
        }
        ModelState state = backend.state(candidate.model());
        if (state.trialDue(false, now)) {
            return new Considered(candidate, Standing.TRIAL, prediction, Double.NEGATIVE_INFINITY);
        }
        double share = 1 + (double) backend.inFlight() / state.estimates().slots();
        return new Considered(candidate, Standing.UNMEASURED, prediction, cost + UNMEASURED_COST * share / favour);
    }

    private static @Nullable Standing obstacle(Candidate candidate, Set<Backend> tried, long now) {
        Backend backend = candidate.backend();
        if (tried.contains(backend)) {
            return Standing.TRIED;
        }
        if (backend.health() == Backend.Health.DOWN) {
            return Standing.DOWN;
        }
        if (!mayHave(candidate)) {
            return Standing.MODEL_MISSING;
        }
        if (backend.saturatedFor(now) > 0) {
            return Standing.SATURATED;
        }
        if (backend.state(candidate.model()).resting(now)) {
            return Standing.RESTING;
        }
        return backend.gate().refresh(now) == BreakerGate.Standing.OPEN ? Standing.BREAKER_OPEN : null;
    }

    private static Choice.@Nullable Taken best(
            Plan plan, int tier, List<Considered> considered, int from, Prompt prompt, long now) {
        while (true) {
            int best = -1;
            double lowest = Double.POSITIVE_INFINITY;
            for (int i = from; i < considered.size(); i++) {
                double cost = considered.get(i).cost();
                if (cost < lowest) {
                    best = i;
                    lowest = cost;
                }
            }
            if (best < 0) {
                return null;
            }
            Considered chosen = considered.get(best);
            Candidate candidate = chosen.candidate();
            BreakerGate.Permit permit = candidate.backend().gate().tryEnter();
            if (permit != null) {
                countAvoided(plan, considered, from, best, now);
                Forecast forecast = prompt.forecast(Objects.requireNonNull(chosen.prediction()));
                Lease lease = candidate.backend().lease(candidate.model(), plan.context(), permit, forecast);
                return new Choice.Taken(candidate, lease, tier, considered);
            }
            considered.set(best, new Considered(candidate, Standing.BREAKER_FULL, null, Double.NaN));
        }
    }

    /** Counts when the client's own wish, or another backend, would have meant to load a model anew that is in memory here. */
    private static void countAvoided(Plan plan, List<Considered> considered, int from, int chosen, long now) {
        Backend backend = considered.get(chosen).candidate().backend();
        ModelName model = considered.get(chosen).candidate().model();
        if (!backend.warm(model, plan.context(), now)) {
            return;
        }
        boolean avoided = backend.reloads(model, plan.asked(), now);
        for (int i = from; i < considered.size() && !avoided; i++) {
            Considered other = considered.get(i);
            Prediction prediction = other.prediction();
            avoided = i != chosen
                    && prediction != null
                    && prediction.loadSeconds() > 0
                    && other.candidate().backend().reloads(other.candidate().model(), plan.context(), now);
        }
        if (avoided) {
            backend.reloadAvoided();
        }
    }

    /** Alive and, as far as is known, holding the model. */
    static boolean possible(Candidate candidate) {
        Backend backend = candidate.backend();
        return backend.health() != Backend.Health.DOWN && mayHave(candidate);
    }

    static boolean mayHave(Candidate candidate) {
        Inventory inventory = candidate.backend().inventory();
        return !inventory.known() || inventory.find(candidate.model()) != null;
    }

    private static Choice.@Nullable Taken lastResort(
            Plan plan, Set<Backend> tried, Prompt prompt, List<Considered> considered) {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            for (Candidate candidate : plan.tiers().get(tier)) {
                Backend backend = candidate.backend();
                long now = backend.now();
                if (!tried.contains(backend) && possible(candidate) && backend.saturatedFor(now) == 0) {
                    Forecast forecast = prompt.forecast(candidate, plan.context(), now);
                    Lease lease = backend.leaseAlone(candidate.model(), plan.context(), forecast);
                    if (lease != null) {
                        return new Choice.Taken(candidate, lease, tier, considered);
                    }
                }
            }
        }
        return null;
    }
}

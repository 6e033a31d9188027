package io.essaim.choose;

import io.essaim.api.Failure;
import io.essaim.choose.Choice.Considered;
import io.essaim.choose.Choice.Standing;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Forecast;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.Lease;
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
 * <p><b>Cost</b>: {@link Prediction#cost(double)} of what was learned of the model there, for a favour of weight times ramp. Before
 * anything was measured the cost follows from the class of the backend, the rules, and what its other models showed; while the
 * model is in memory there, a first request finds it twice as good as that, so that an underrated backend is tried, and those who
 * come meanwhile find it dear, so that it is not flooded. A load only to find out costs more than it teaches.
 *
 * <p><b>Last resort</b>: when nothing is eligible, a host that has the model and is alive but whose breaker is open gets one
 * request at a time rather than none (a breaker protects choices; without a choice it only hides the answer).
 *
 * <p>An instance is one choice, on one thread; the static methods may be called on any.
 */
public final class Selector {
    /** A backend that was never measured may be so many times better than its class or its operator says. */
    private static final double CURIOSITY = 2;

    /** A minute to the first token, while somebody else is finding out. */
    private static final double UNMEASURED_COST = 240;

    private final Plan plan;
    private final Set<Backend> tried;
    private final Prompt prompt;
    private final boolean onlyFree;
    private final long now;
    private final List<Considered> considered;

    private Selector(Plan plan, Set<Backend> tried, Prompt prompt, boolean onlyFree) {
        List<Candidate> first = plan.tiers().get(0);
        this.plan = plan;
        this.tried = tried;
        this.prompt = prompt;
        this.onlyFree = onlyFree;
        this.now = first.get(0).backend().now();
        this.considered = new ArrayList<>(first.size());
    }

    /**
     * Chooses and takes the lease, of a full backend too if need be.
     *
     * @param plan the candidates
     * @param tried backends that this request has been to already
     * @param prompt what is asked
     */
    public static Choice choose(Plan plan, Set<Backend> tried, Prompt prompt) {
        return plan.isEmpty() ? Refusals.explain(plan, tried) : new Selector(plan, tried, prompt, false).choose();
    }

    /**
     * Like {@link #choose(Plan, Set, Prompt)}, but takes a lease only where a slot is free. The first tier with an eligible
     * backend decides: if all of these are full, the request is refused as saturated, since to wait for them is what the order
     * of the tiers means. Where the number of slots is learned, one request more than is believed to fit may then be
     * sent, once in a while, to find out.
     */
    public static Choice chooseFree(Plan plan, Set<Backend> tried, Prompt prompt) {
        return plan.isEmpty() ? Refusals.explain(plan, tried) : new Selector(plan, tried, prompt, true).choose();
    }

    /**
     * Every candidate as it stands, tier by tier, whether or not an earlier tier would do; nothing is taken.
     *
     * @param prompt what would be asked
     */
    public static List<List<Considered>> look(Plan plan, Prompt prompt) {
        if (plan.isEmpty()) {
            return List.of();
        }
        Selector selector = new Selector(plan, Set.of(), prompt, true);
        return plan.tiers().stream()
                .map(tier -> tier.stream()
                        .map(candidate -> selector.consider(candidate, false))
                        .toList())
                .toList();
    }

    private Choice choose() {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            int from = considered.size();
            List<Candidate> candidates = plan.tiers().get(tier);
            for (int i = 0; i < candidates.size(); i++) {
                considered.add(consider(candidates.get(i), false));
            }
            Choice.Taken taken = best(tier, from);
            if (taken == null && anyFull(from)) {
                for (int i = from; i < considered.size(); i++) {
                    Candidate candidate = considered.get(i).candidate();
                    if (considered.get(i).standing() == Standing.FULL
                            && candidate.backend().extraSlotDue(candidate.model(), now)) {
                        considered.set(i, consider(candidate, true));
                    }
                }
                taken = best(tier, from);
                if (taken == null) {
                    return Choice.Refused.busy(Choice.Reason.SATURATED, 1);
                }
            }
            if (taken != null) {
                return taken;
            }
        }
        Choice.Taken lastResort = lastResort();
        return lastResort != null ? lastResort : Refusals.explain(plan, tried);
    }

    private boolean anyFull(int from) {
        for (int i = from; i < considered.size(); i++) {
            if (considered.get(i).standing() == Standing.FULL) {
                return true;
            }
        }
        return false;
    }

    /** @param evenFull whether it counts although all its slots are taken */
    private Considered consider(Candidate candidate, boolean evenFull) {
        Backend backend = candidate.backend();
        Standing obstacle = obstacle(candidate);
        if (obstacle == null && onlyFree && !evenFull && !backend.hasFreeSlot(candidate.model())) {
            obstacle = Standing.FULL;
        }
        if (obstacle != null) {
            return new Considered(candidate, obstacle, null, Double.NaN);
        }
        Prediction prediction = prompt.predict(candidate, plan.context(), now);
        double favour = backend.rule().weight() * backend.ramp(now);
        double cost = prediction.cost(favour);
        if (prediction.measured()) {
            return new Considered(candidate, Standing.MEASURED, prediction, cost);
        }
        if (prediction.loadSeconds() > 0) {
            return new Considered(candidate, Standing.UNMEASURED, prediction, cost);
        }
        if (backend.state(candidate.model()).trialDue(now)) {
            return new Considered(candidate, Standing.TRIAL, prediction, prediction.cost(favour * CURIOSITY));
        }
        double share = 1 + (double) backend.inFlight() / backend.slots(candidate.model());
        return new Considered(candidate, Standing.UNMEASURED, prediction, cost + UNMEASURED_COST * share / favour);
    }

    private @Nullable Standing obstacle(Candidate candidate) {
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

    private Choice.@Nullable Taken best(int tier, int from) {
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
            BreakerGate.Permit permit = chosen.candidate().backend().gate().tryEnter();
            Lease lease = permit == null ? null : lease(chosen, permit);
            if (lease != null) {
                countAvoided(from, best);
                return new Choice.Taken(chosen.candidate(), lease, tier, considered);
            }
            Standing why = permit == null ? Standing.BREAKER_FULL : Standing.FULL;
            considered.set(best, new Considered(chosen.candidate(), why, null, Double.NaN));
        }
    }

    /** Null when another loop took the last slot meanwhile; the permit has ended then. */
    private @Nullable Lease lease(Considered chosen, BreakerGate.Permit permit) {
        Candidate candidate = chosen.candidate();
        Forecast forecast = prompt.forecast(Objects.requireNonNull(chosen.prediction()));
        if (!onlyFree) {
            return candidate.backend().lease(candidate.model(), plan.context(), permit, forecast);
        }
        Lease lease = candidate.backend().leaseFree(candidate.model(), plan.context(), permit, forecast);
        if (lease == null) {
            permit.end(Failure.Outcome.NEUTRAL, 0);
        }
        return lease;
    }

    /** Counts when the client's own wish, or another backend, would have meant to load a model anew that is in memory here. */
    private void countAvoided(int from, int best) {
        Considered chosen = considered.get(best);
        Backend backend = chosen.candidate().backend();
        ModelName model = chosen.candidate().model();
        if (Objects.requireNonNull(chosen.prediction()).loadSeconds() > 0) {
            return;
        }
        boolean avoided = backend.reloads(model, plan.asked(), now);
        for (int i = from; i < considered.size() && !avoided; i++) {
            Considered other = considered.get(i);
            Prediction prediction = other.prediction();
            avoided = prediction != null
                    && prediction.loadSeconds() > 0
                    && other.candidate().backend().reloads(other.candidate().model(), plan.context(), now);
        }
        if (avoided) {
            backend.contexts().avoided();
        }
    }

    /** Alive and, as far as is known, holding the model. */
    static boolean possible(Candidate candidate) {
        return candidate.backend().health() != Backend.Health.DOWN && mayHave(candidate);
    }

    static boolean mayHave(Candidate candidate) {
        Inventory inventory = candidate.backend().inventory();
        return !inventory.known() || inventory.find(candidate.model()) != null;
    }

    private Choice.@Nullable Taken lastResort() {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            for (Candidate candidate : plan.tiers().get(tier)) {
                Backend backend = candidate.backend();
                if (!tried.contains(backend) && possible(candidate) && backend.saturatedFor(now) == 0) {
                    Forecast forecast = prompt.forecast(prompt.predict(candidate, plan.context(), now));
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

package io.essaim.choose;

import io.essaim.api.Failure;
import io.essaim.choose.Choice.Considered;
import io.essaim.choose.Choice.Reason;
import io.essaim.choose.Choice.Refused;
import io.essaim.choose.Choice.Standing;
import io.essaim.config.Gate;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Caller;
import io.essaim.fleet.Forecast;
import io.essaim.fleet.Lease;
import io.essaim.learn.Prediction;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the backend of a request: the lowest predicted cost in the first tier with an eligible backend that is expected to
 * begin its answer within eight seconds. If none is, all tiers compete, those behind the first one with a handicap. A backend without
 * a free slot competes too, with the wait that is to be expected there; if it wins, the request waits.
 *
 * <p><b>Cost</b>: {@link Prediction#cost(double)} of what was learned of the model there, for a favour of weight times
 * ramp times how sure the host is to live that long. Of a
 * small tier each backend is tried once; those who come meanwhile find it dear, so that it is not flooded. In a larger one the cost of
 * a backend that was never measured follows from its class, the rules, and what its other models showed; while the model is in memory
 * there, a first request finds it twice as good as that. A load only to find out would cost many hosts more than it teaches.
 *
 * <p><b>Last resort</b>: when nothing is eligible, a host that has the model and is alive but whose breaker is open gets one
 * request at a time rather than none (a breaker protects choices; without a choice it only hides the answer).
 *
 * <p>An instance is one choice, on one thread; the static methods may be called on any.
 */
public final class Selector {
    /** Seconds to the first token for which nobody looks at the next tier. */
    private static final Gate GOOD = new Gate(8, Double.POSITIVE_INFINITY);

    /** By how much a later tier has to be cheaper: a standby that would do about as well stays one. */
    private static final double RELUCTANCE = 0.4;

    /** Hosts of a tier in which each is tried once, whatever is believed of it. */
    static final int SMALL_TIER = 4;

    private final Plan plan;
    private final Set<Backend> tried;
    private final Prompt prompt;
    private final @Nullable Turn turn;
    private final long now;
    private final Appraisal appraisal;
    private final List<Considered> considered;

    /** Of each considered, in their order. */
    private final List<Integer> tiers = new ArrayList<>();

    /** The first tier with a candidate that could be taken, now or later; those behind it have to be clearly better. */
    private int first = -1;

    private Selector(Plan plan, Set<Backend> tried, Prompt prompt, @Nullable Turn turn) {
        this.plan = plan;
        this.tried = tried;
        this.prompt = prompt;
        this.turn = turn;
        this.now = now(plan);
        this.appraisal = new Appraisal(plan, tried, prompt, turn, now);
        this.considered = new ArrayList<>(4);
    }

    private static long now(Plan plan) {
        return plan.tiers().get(0).get(0).backend().now();
    }

    /**
     * Chooses and takes the lease, of a full backend too if need be.
     *
     * @param plan the candidates
     * @param tried backends that this request has been to already
     * @param prompt what is asked
     */
    public static Choice choose(Plan plan, Set<Backend> tried, Prompt prompt) {
        return plan.isEmpty() ? Refusals.explain(plan, tried) : new Selector(plan, tried, prompt, null).choose();
    }

    /**
     * Like {@link #choose(Plan, Set, Prompt)}, but takes a lease only where a slot is free. If it is better to wait for one, the
     * request is refused as saturated. Where the number of slots is learned, one request more than is believed to fit may then be
     * sent, once in a while, to find out.
     *
     * @param turn which of those who want a slot it is
     */
    public static Choice chooseFree(Plan plan, Set<Backend> tried, Prompt prompt, Turn turn) {
        return plan.isEmpty() ? Refusals.explain(plan, tried) : new Selector(plan, tried, prompt, turn).choose();
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
        Selector selector = new Selector(plan, Set.of(), prompt, new Turn(0, now(plan), Caller.PROXY));
        return plan.tiers().stream()
                .map(tier -> tier.stream()
                        .map(candidate -> selector.appraisal.of(candidate, tier.size() > SMALL_TIER))
                        .toList())
                .toList();
    }

    private Choice choose() {
        int next = 0;
        while (next < plan.tiers().size()) {
            next = considerUntilGood(next);
            for (int best = best(); best >= 0; best = best()) {
                Considered chosen = considered.get(best);
                if (!passes(chosen)) {
                    return Refused.busy(Reason.NOT_GOOD_ENOUGH, 1);
                }
                Choice.Taken taken = take(best);
                if (taken != null) {
                    return taken;
                }
                if (occupied(considered.get(best))) {
                    if (considered.stream().anyMatch(one -> one.standing() == Standing.KEPT)) {
                        return Refused.busy(Reason.KEPT, 1);
                    }
                    boolean depends = plan.gate() != null || considered.stream().anyMatch(Selector::free);
                    return Refused.busy(depends ? Reason.BETTER_LATER : Reason.SATURATED, 1);
                }
            }
        }
        Choice.Taken lastResort = lastResort();
        return lastResort != null ? lastResort : Refusals.explain(plan, tried);
    }

    /** Considers tiers from this one on until one is expected to begin soon. Which one is next after that. */
    private int considerUntilGood(int from) {
        boolean good = false;
        int tier = from;
        for (; tier < plan.tiers().size() && !good; tier++) {
            List<Candidate> candidates = plan.tiers().get(tier);
            boolean standby = first >= 0;
            for (int i = 0; i < candidates.size(); i++) {
                Considered one = appraisal.of(candidates.get(i), standby || candidates.size() > SMALL_TIER);
                considered.add(one);
                tiers.add(tier);
                if (!Double.isNaN(one.cost())) {
                    first = first < 0 ? tier : first;
                    good |= GOOD.admits(
                            foreseen(one).ttftSeconds(), foreseen(one).tpotSeconds());
                }
            }
        }
        return tier;
    }

    /** Whether it is as good as the agent wants, counted from when the request came. */
    private boolean passes(Considered chosen) {
        double waited = turn == null ? 0 : (now - turn.since()) / 1e9;
        return Goodness.enough(plan, chosen, waited, now);
    }

    private Caller caller() {
        return turn == null ? Caller.PROXY : turn.caller();
    }

    private static Prediction foreseen(Considered one) {
        return Objects.requireNonNull(one.prediction());
    }

    private static boolean free(Considered one) {
        return !Double.isNaN(one.cost()) && !occupied(one);
    }

    private static boolean occupied(Considered one) {
        return one.standing() == Standing.FULL || one.standing() == Standing.KEPT;
    }

    private int best() {
        int best = -1;
        double lowest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < considered.size(); i++) {
            double cost = considered.get(i).cost();
            if (tiers.get(i) > first) {
                cost += RELUCTANCE * Math.abs(cost);
            }
            if (cost < lowest) {
                best = i;
                lowest = cost;
            }
        }
        return best;
    }

    /** Null when it cannot be had; it is considered again then. */
    private Choice.@Nullable Taken take(int best) {
        Considered chosen = considered.get(best);
        BreakerGate.Permit permit = chosen.candidate().backend().gate().tryEnter();
        Lease lease = permit == null ? null : lease(chosen, permit);
        if (lease != null) {
            countAvoided(best);
            return new Choice.Taken(chosen.candidate(), lease, tiers.get(best), considered);
        }
        if (permit == null) {
            considered.set(best, Considered.not(chosen.candidate(), Standing.BREAKER_FULL));
        } else if (!occupied(chosen)) {
            considered.set(
                    best,
                    new Considered(
                            chosen.candidate(), Standing.FULL, chosen.prediction(), chosen.cost(), chosen.risk()));
        }
        return null;
    }

    /** Null when another loop took the last slot meanwhile; the permit has ended then. */
    private @Nullable Lease lease(Considered chosen, BreakerGate.Permit permit) {
        Candidate candidate = chosen.candidate();
        Forecast forecast = prompt.forecast(caller(), Objects.requireNonNull(chosen.prediction()));
        if (turn == null) {
            return candidate.backend().lease(candidate.model(), plan.context(), permit, forecast);
        }
        Lease lease = candidate.backend().leaseFree(candidate.model(), plan.context(), permit, forecast);
        if (lease == null) {
            permit.end(Failure.Outcome.NEUTRAL, 0);
        }
        return lease;
    }

    /** Counts when the client's own wish, or another backend, would have meant to load a model anew that is in memory here. */
    private void countAvoided(int best) {
        Considered chosen = considered.get(best);
        Backend backend = chosen.candidate().backend();
        ModelName model = chosen.candidate().model();
        if (Objects.requireNonNull(chosen.prediction()).loadSeconds() > 0) {
            return;
        }
        boolean avoided = backend.reloads(model, plan.asked(), now);
        for (int i = 0; i < considered.size() && !avoided; i++) {
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

    private Choice.@Nullable Taken lastResort() {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            for (Candidate candidate : plan.tiers().get(tier)) {
                Backend backend = candidate.backend();
                if (!tried.contains(backend) && Eligibility.possible(candidate) && backend.saturatedFor(now) == 0) {
                    Forecast forecast = prompt.forecast(caller(), prompt.predict(candidate, plan.context(), now));
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

package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Lease;
import io.essaim.fleet.RequestForecast;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.Prediction;
import io.essaim.model.ModelName;
import io.essaim.selection.Choice.Considered;
import io.essaim.selection.Choice.Reason;
import io.essaim.selection.Choice.Refused;
import io.essaim.selection.Choice.Standing;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the backend of a request: the lowest predicted cost in the first tier with an eligible backend that is expected to
 * begin its answer within eight seconds, or with a gate is as good as that wants. If none is, all tiers compete, those behind the first one with a
 * handicap. A backend without a free slot competes too, with the wait that is to be expected there; if it wins, the request waits.
 *
 * <p><b>Behind a gate</b> only what is good enough competes. It also holds for those who are being read for: a request waits, or goes
 * elsewhere, rather than making a first token late that was in time. While requests are turned away because the first tier has
 * too much to do, a standby that is good enough for a request goes before it.
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
    /** Hosts of a tier in which each is tried once, whatever is believed of it. */
    static final int SMALL_TIER = 4;

    /** For how long after a request was turned away the first tier is spared. */
    private static final long STRAINED = TimeUnit.MINUTES.toNanos(1);

    private final Plan plan;
    private final Set<Backend> tried;
    private final PromptEstimate prompt;
    private final @Nullable QueueTurn turn;
    private final long now;
    private final double waited;
    private final CandidateEvaluation appraisal;
    private final BestCandidate contest;
    private boolean strained;

    private Selector(Plan plan, Set<Backend> tried, PromptEstimate prompt, @Nullable QueueTurn turn) {
        this.plan = plan;
        this.tried = tried;
        this.prompt = prompt;
        this.turn = turn;
        this.now = now(plan);
        this.contest = new BestCandidate(plan.tiers().get(0).looked());
        this.waited = turn == null ? 0 : (now - turn.since()) / 1e9;
        this.appraisal = new CandidateEvaluation(plan, tried, prompt, turn, now);
    }

    private static long now(Plan plan) {
        return plan.tiers().get(0).candidates().get(0).backend().now();
    }

    /**
     * Chooses and takes the lease, of a full backend too if need be.
     *
     * @param plan the candidates
     * @param tried backends that this request has been to already
     * @param prompt what is asked
     */
    public static Choice choose(Plan plan, Set<Backend> tried, PromptEstimate prompt) {
        return plan.isEmpty() ? RefusalReasons.explain(plan, tried) : new Selector(plan, tried, prompt, null).choose();
    }

    /**
     * Like {@link #choose(Plan, Set, Prompt)}, but takes a lease only where a slot is free. If it is better to wait for one, the
     * request is refused as saturated. Where the number of slots is learned, one request more than is believed to fit may then be
     * sent, once in a while, to find out.
     *
     * @param turn which of those who want a slot it is
     */
    public static Choice chooseFree(Plan plan, Set<Backend> tried, PromptEstimate prompt, QueueTurn turn) {
        return plan.isEmpty() ? RefusalReasons.explain(plan, tried) : new Selector(plan, tried, prompt, turn).choose();
    }

    /**
     * Every candidate as it stands, tier by tier, whether or not an earlier tier would do; nothing is taken.
     *
     * @param prompt what would be asked
     */
    public static List<List<Considered>> look(Plan plan, PromptEstimate prompt) {
        if (plan.isEmpty()) {
            return List.of();
        }
        Selector selector = new Selector(plan, Set.of(), prompt, new QueueTurn(0, now(plan), SlotOwner.PROXY));
        return plan.tiers().stream()
                .map(tier -> tier.candidates().stream()
                        .map(candidate -> selector.appraisal.of(candidate, tier.size() > SMALL_TIER))
                        .toList())
                .toList();
    }

    /**
     * The first candidates as they stand, in the order of the plan; nothing is taken.
     *
     * @param prompt what would be asked
     * @param most so many
     */
    public static List<Considered> look(Plan plan, PromptEstimate prompt, int most) {
        if (plan.isEmpty()) {
            return List.of();
        }
        Selector selector = new Selector(plan, Set.of(), prompt, new QueueTurn(0, now(plan), SlotOwner.PROXY));
        return plan.tiers().stream()
                .flatMap(tier -> tier.candidates().stream())
                .limit(most)
                .map(candidate -> selector.appraisal.of(candidate, true))
                .toList();
    }

    private Choice choose() {
        boolean gated = plan.gate() != null;
        int next = 0;
        while (next < plan.tiers().size()) {
            next = considerUntilGood(next);
            for (int best = contest.best(gated, strained); best >= 0; best = contest.best(gated, strained)) {
                Choice.Taken taken = take(best);
                if (taken != null) {
                    return taken;
                }
                if (!BestCandidate.free(contest.get(best))) {
                    return wait(gated);
                }
            }
        }
        if (gated && contest.best(false, false) >= 0) {
            QualityGate.note(plan, contest, waited, now);
            return Refused.busy(Reason.NOT_GOOD_ENOUGH, 1);
        }
        Choice.Taken lastResort = lastResort();
        return lastResort != null ? lastResort : RefusalReasons.explain(plan, tried);
    }

    /** Considers tiers from this one on until one is good enough, and another one if that has enough to do. Which one is next after that. */
    private int considerUntilGood(int from) {
        boolean good = false;
        boolean standby = contest.any();
        int tier = from;
        for (; tier < plan.tiers().size() && (!good || strained && !standby); tier++) {
            Tier present = plan.tiers().get(tier);
            standby = contest.any();
            List<Candidate> candidates = present.large() ? sample(present) : present.candidates();
            for (int i = 0; i < candidates.size(); i++) {
                Considered one = appraisal.of(candidates.get(i), standby || present.size() > SMALL_TIER);
                boolean suits = QualityGate.enough(plan, one, waited);
                contest.add(one, tier, suits);
                good |= suits;
                if (strained && QualityGate.onlyCold(plan, one, waited)) {
                    QualityGate.noteCold(plan, one, now);
                }
            }
            strained |= !standby && plan.gate() != null && strained();
        }
        return tier;
    }

    /** Of a large tier; where all of them are full, with somebody who is not. */
    private List<Candidate> sample(Tier tier) {
        List<Candidate> drawn = tier.look(prompt.homes(), now);
        for (int i = 0; i < drawn.size(); i++) {
            Candidate candidate = drawn.get(i);
            if (candidate.backend().hasFreeSlot(candidate.model()) && !tried.contains(candidate.backend())) {
                return drawn;
            }
        }
        Candidate free = tier.sampling().free(tried, now);
        if (free != null) {
            drawn.add(free);
        }
        return drawn;
    }

    /** Whether requests were turned away lately because all of the first tier had too much to do, and each of it works on half as many as it can. */
    private boolean strained() {
        return contest.any()
                && contest.all().stream().filter(BestCandidate::possible).allMatch(one -> {
                    Backend backend = one.candidate().backend();
                    return 2 * backend.inFlight()
                                    >= backend.slots(one.candidate().model())
                            && backend.strain().turnedAwayWithin(STRAINED, now);
                });
    }

    private Choice wait(boolean gated) {
        if (contest.any(Standing.KEPT)) {
            return Refused.busy(Reason.KEPT, 1);
        }
        return Refused.busy(gated || contest.anyFree() ? Reason.BETTER_LATER : Reason.SATURATED, 1);
    }

    private SlotOwner caller() {
        return turn == null ? SlotOwner.PROXY : turn.caller();
    }

    /** Null when it cannot be had; it is considered again then. */
    private Choice.@Nullable Taken take(int best) {
        Considered chosen = contest.get(best);
        if (chosen.standing() == Standing.READING) {
            return null;
        }
        // All that may fail comes before the lease, which nobody could end here: that tells who waits, who is being
        // chosen for.
        RequestForecast forecast = forecast(Objects.requireNonNull(chosen.prediction()));
        boolean avoided = avoids(chosen);
        int tier = contest.tier(best);
        BreakerGate.Permit permit = chosen.candidate().backend().gate().tryEnter();
        Lease lease = permit == null ? null : lease(chosen.candidate(), permit, forecast);
        if (lease != null) {
            if (avoided) {
                lease.backend().contexts().avoided();
            }
            return new Choice.Taken(chosen.candidate(), lease, tier, contest.all());
        }
        if (permit == null) {
            contest.replace(best, Considered.not(chosen.candidate(), Standing.BREAKER_FULL));
        } else if (BestCandidate.free(chosen)) {
            contest.replace(
                    best,
                    new Considered(
                            chosen.candidate(), Standing.FULL, chosen.prediction(), chosen.cost(), chosen.risk()));
        }
        return null;
    }

    /** Null when another loop took the last slot meanwhile; the permit has ended then. */
    private @Nullable Lease lease(Candidate candidate, BreakerGate.Permit permit, RequestForecast forecast) {
        Backend backend = candidate.backend();
        return turn == null
                ? backend.lease(candidate.model(), plan.context(), permit, forecast)
                : backend.leaseFree(candidate.model(), plan.context(), permit, forecast);
    }

    private RequestForecast forecast(Prediction prediction) {
        double late =
                plan.gate() == null ? Double.POSITIVE_INFINITY : plan.gate().ttftSeconds() - waited;
        return prompt.forecast(caller(), prediction, late);
    }

    /** Whether the client's own wish, or another backend, would have meant to load a model anew that is in memory here. */
    private boolean avoids(Considered chosen) {
        Backend backend = chosen.candidate().backend();
        ModelName model = chosen.candidate().model();
        if (Objects.requireNonNull(chosen.prediction()).loadSeconds() > 0) {
            return false;
        }
        boolean avoided = backend.reloads(model, plan.asked(), now);
        for (int i = 0; i < contest.all().size() && !avoided; i++) {
            Considered other = contest.get(i);
            Prediction prediction = other.prediction();
            avoided = prediction != null
                    && prediction.loadSeconds() > 0
                    && other.candidate().backend().reloads(other.candidate().model(), plan.context(), now);
        }
        return avoided;
    }

    private Choice.@Nullable Taken lastResort() {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            for (Candidate candidate : plan.tiers().get(tier).candidates()) {
                Backend backend = candidate.backend();
                if (!tried.contains(backend) && Eligibility.possible(candidate) && backend.saturatedFor(now) == 0) {
                    RequestForecast forecast = forecast(prompt.predict(candidate, plan.context(), now));
                    Lease lease = backend.leaseAlone(candidate.model(), plan.context(), forecast);
                    if (lease != null) {
                        return new Choice.Taken(candidate, lease, tier, contest.all());
                    }
                }
            }
        }
        return null;
    }
}

package io.essaim.selection;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.Prediction;
import io.essaim.selection.Choice.Considered;
import io.essaim.selection.Choice.Standing;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a silent host gets company, and which host is asked beside it. A second request costs a slot, so it is made
 * only where silence means that something hangs, an idle host will most likely answer soon, and the hosts have room.
 * {@link HedgeBudget} bounds how often.
 */
public final class HedgePolicy {
    private static final double LEAST_SECONDS = 3;
    private static final double TIMES_PREDICTED = 3;

    /** That of three answers: what was hardly measured says nothing about hanging. */
    private static final double ENOUGH = 0.7;

    /** That of one answer twelve minutes ago: an idle standby has no more than its canaries. */
    private static final double KNOWN = 0.3;

    /** Share of the time that the silent host has left. */
    private static final double SHARE_OF_REST = 0.5;

    private static final double MOST_BUSY = 0.7;

    private HedgePolicy() {}

    /** After so many seconds without a word somebody else may be asked too; infinite when the host is not known well enough. */
    public static double afterSeconds(Lease lease) {
        Prediction expected = lease.prediction();
        return expected.confidence() < ENOUGH
                ? Double.POSITIVE_INFINITY
                : Math.max(LEAST_SECONDS, TIMES_PREDICTED * expected.ttftSeconds());
    }

    /**
     * Takes a free slot of another host that has the model in memory, was measured, and should answer well before the silent one gives up.
     *
     * @param tried hosts that were asked, the silent one included
     * @param restSeconds that the silent one has left
     * @return with a lease that the caller now holds; null when nobody suits, or the hosts are busy
     */
    public static Choice.@Nullable Taken second(
            Plan plan, Set<Backend> tried, PromptEstimate prompt, double restSeconds) {
        if (busy(plan)) {
            return null;
        }
        List<List<Considered>> tiers = Selector.look(plan, prompt);
        for (int tier = 0; tier < tiers.size(); tier++) {
            for (Considered one : tiers.get(tier)) {
                if (!tried.contains(one.candidate().backend()) && suits(one, restSeconds)) {
                    return take(plan, one.candidate(), prompt, tier);
                }
            }
        }
        return null;
    }

    private static boolean suits(Considered one, double restSeconds) {
        Prediction expected = one.prediction();
        return one.standing() == Standing.MEASURED
                && expected != null
                && expected.confidence() >= KNOWN
                && expected.loadSeconds() == 0
                && expected.ttftSeconds() < SHARE_OF_REST * restSeconds;
    }

    private static Choice.@Nullable Taken take(Plan plan, Candidate candidate, PromptEstimate prompt, int tier) {
        Plan only = new Plan(plan.model(), List.of(new Tier(List.of(candidate))), plan.asked(), plan.context());
        QueueTurn first = new QueueTurn(0, candidate.backend().now(), SlotOwner.PROXY);
        if (!(Selector.chooseFree(only, Set.of(), prompt, first) instanceof Choice.Taken taken)) {
            return null;
        }
        if (!taken.lease().warm()) { // It was unloaded meanwhile.
            taken.lease().end(Outcome.NEUTRAL);
            return null;
        }
        return new Choice.Taken(taken.candidate(), taken.lease(), tier, taken.considered());
    }

    private static boolean busy(Plan plan) {
        int taken = 0;
        int slots = 0;
        for (Tier tier : plan.tiers()) {
            for (Candidate candidate : tier.candidates()) {
                if (Eligibility.possible(candidate)) {
                    taken += candidate.backend().inFlight();
                    slots += candidate.backend().slots(candidate.model());
                }
            }
        }
        return taken >= MOST_BUSY * slots;
    }
}

package io.essaim.choose;

import io.essaim.api.Failure;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.Lease;
import io.essaim.fleet.ModelTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the backend of a request: the first tier with an eligible backend, and within it weighted least latency.
 *
 * <p><b>Eligible</b>: alive, breaker not open, not saturated, has the model (or its inventory is not known yet), did not fail
 * to run it a moment ago, not tried already.
 *
 * <p><b>Cost</b>, in seconds, lowest wins: {@code (first token * (1 + busy) + wait + load) / (weight * ramp)}. First token is
 * what was learned for this model there. Busy is the part of the slots that is taken, so that equals share. Wait is what a
 * full host makes one wait: {@code (inFlight - slots + 1) * occupied / slots}. Load is what a load was seen to add, charged
 * when the model is not believed to be in memory with the context that is asked for. A backend that was never measured costs nothing once, so it is tried;
 * while that trial runs, and for a while if it taught nothing, it costs more than any measured one, so it is not flooded.
 *
 * <p><b>Last resort</b>: when nothing is eligible, a host that has the model and is alive but whose breaker is open gets one
 * request at a time rather than none (a breaker protects choices; without a choice it only hides the answer).
 *
 * <p>Stateless; any thread.
 */
public final class Selector {
    private static final double UNKNOWN_LOAD_SECONDS = 10;
    private static final double UNMEASURED_BUSY_SECONDS = 60;
    private static final double UNKNOWN_OCCUPIED_SECONDS = 5;

    private Selector() {}

    /**
     * Chooses and takes the lease.
     *
     * @param plan the candidates
     * @param tried backends that this request has been to already
     */
    public static Choice choose(Plan plan, Set<Backend> tried) {
        if (!plan.isEmpty()) {
            long now = plan.tiers().get(0).get(0).backend().now();
            for (int tier = 0; tier < plan.tiers().size(); tier++) {
                Choice.Taken taken = best(plan, tried, tier, now, false);
                if (taken != null) {
                    return taken;
                }
            }
        }
        Choice.Taken lastResort = lastResort(plan, tried);
        return lastResort != null ? lastResort : Refusals.explain(plan, tried);
    }

    /**
     * Like {@link #choose}, but takes a lease only where a slot is free. The first tier with an eligible backend decides: if
     * all of these are full, the request is refused as saturated, since to wait for them is what the order of the tiers means.
     */
    public static Choice chooseFree(Plan plan, Set<Backend> tried) {
        if (!plan.isEmpty()) {
            long now = plan.tiers().get(0).get(0).backend().now();
            for (int tier = 0; tier < plan.tiers().size(); tier++) {
                Choice.Taken taken = best(plan, tried, tier, now, true);
                if (taken != null) {
                    return taken;
                }
                for (Candidate candidate : plan.tiers().get(tier)) {
                    if (eligible(candidate, tried, now) && !candidate.backend().hasFreeSlot()) {
                        return Choice.Refused.busy(Choice.Reason.SATURATED, 1);
                    }
                }
            }
        }
        Choice.Taken lastResort = lastResort(plan, tried);
        return lastResort != null ? lastResort : Refusals.explain(plan, tried);
    }

    private static Choice.@Nullable Taken best(Plan plan, Set<Backend> tried, int index, long now, boolean onlyFree) {
        List<Candidate> tier = plan.tiers().get(index);
        @Nullable List<Candidate> refusedPermit = null;
        while (true) {
            Candidate best = null;
            double lowest = Double.POSITIVE_INFINITY;
            for (int i = 0; i < tier.size(); i++) {
                Candidate candidate = tier.get(i);
                if (!eligible(candidate, tried, now)
                        || onlyFree && !candidate.backend().hasFreeSlot()
                        || refusedPermit != null && refusedPermit.contains(candidate)) {
                    continue;
                }
                double cost = cost(candidate, plan.context(), now);
                if (best == null || cost < lowest) {
                    best = candidate;
                    lowest = cost;
                }
            }
            if (best == null) {
                return null;
            }
            BreakerGate.Permit permit = best.backend().gate().tryEnter();
            Choice.Taken taken = permit == null ? null : taken(plan, best, permit, index, onlyFree);
            if (taken != null) {
                return taken;
            }
            refusedPermit = refusedPermit == null ? new ArrayList<>() : refusedPermit;
            refusedPermit.add(best);
        }
    }

    private static Choice.@Nullable Taken taken(
            Plan plan, Candidate candidate, BreakerGate.Permit permit, int tier, boolean onlyFree) {
        Backend backend = candidate.backend();
        long now = backend.now();
        boolean avoided =
                backend.warm(candidate.model(), plan.context(), now) && otherwiseReloaded(plan, candidate, tier, now);
        Lease lease = onlyFree
                ? backend.leaseFree(candidate.model(), plan.context(), permit)
                : backend.lease(candidate.model(), plan.context(), permit);
        if (lease == null) { // Another loop took the last slot meanwhile.
            permit.end(Failure.Outcome.NEUTRAL, 0);
            return null;
        }
        if (avoided) {
            backend.reloadAvoided();
        }
        return new Choice.Taken(candidate, lease, tier);
    }

    /** Whether the client's own wish, or another backend of the tier, would have meant to load a model anew. */
    private static boolean otherwiseReloaded(Plan plan, Candidate chosen, int tier, long now) {
        if (chosen.backend().reloads(chosen.model(), plan.asked(), now)) {
            return true;
        }
        for (Candidate other : plan.tiers().get(tier)) {
            if (!other.equals(chosen)
                    && possible(other)
                    && other.backend().reloads(other.model(), plan.context(), now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean eligible(Candidate candidate, Set<Backend> tried, long now) {
        Backend backend = candidate.backend();
        return !tried.contains(backend)
                && possible(candidate)
                && backend.saturatedFor(now) == 0
                && !backend.times(candidate.model()).resting(now)
                && backend.gate().refresh(now) != BreakerGate.Standing.OPEN;
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

    private static Choice.@Nullable Taken lastResort(Plan plan, Set<Backend> tried) {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            for (Candidate candidate : plan.tiers().get(tier)) {
                Backend backend = candidate.backend();
                if (!tried.contains(backend) && possible(candidate) && backend.saturatedFor(backend.now()) == 0) {
                    Lease lease = backend.leaseAlone(candidate.model(), plan.context());
                    if (lease != null) {
                        return new Choice.Taken(candidate, lease, tier);
                    }
                }
            }
        }
        return null;
    }

    /** Expected seconds to the first token, divided by how much the backend is wanted. */
    static double cost(Candidate candidate, @Nullable Integer context, long now) {
        Backend backend = candidate.backend();
        ModelTimes times = backend.times(candidate.model());
        double slots = backend.rule().slots();
        int inFlight = backend.inFlight();
        double seconds;
        if (inFlight < slots && times.trialDue(now)) {
            return 0;
        }
        if (times.unmeasured()) {
            seconds = UNMEASURED_BUSY_SECONDS * (1 + inFlight / slots);
        } else {
            double occupied = times.occupiedSeconds() > 0 ? times.occupiedSeconds() : UNKNOWN_OCCUPIED_SECONDS;
            // Without a stream there is no first token to measure: the whole answer stands for it.
            double first = times.observations() > 0 ? times.firstTokenSeconds() : occupied;
            double busy = Math.min(1, inFlight / slots);
            double wait = inFlight < slots ? 0 : (inFlight - slots + 1) * occupied / slots;
            seconds = first * (1 + busy) + wait;
            if (!backend.warm(candidate.model(), context, now)) {
                seconds += times.coldSeconds() > 0 ? Math.max(0, times.coldSeconds() - first) : UNKNOWN_LOAD_SECONDS;
            }
        }
        return seconds / (backend.rule().weight() * backend.ramp(now));
    }
}

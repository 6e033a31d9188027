package io.essaim.choose;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Lease;
import io.essaim.fleet.ModelTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the backend of a request: the first tier with an eligible backend, and within it weighted least latency.
 *
 * <p><b>Eligible</b>: alive, breaker not open, not saturated, has the model (or its inventory is not known yet), not tried
 * already.
 *
 * <p><b>Cost</b>, in seconds, lowest wins: {@code (first token + wait + load) / (weight * ramp)}. First token is what was
 * learned for this model there. Wait is what a full host makes one wait: {@code (inFlight - slots + 1) * occupied / slots}.
 * Load is charged when the model is not believed to be in memory. A backend that was never measured costs nothing once, so
 * it is tried; while that trial runs it costs more than any measured one, so it is not flooded.
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
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            Choice.Taken taken = best(plan.tiers().get(tier), tried, tier);
            if (taken != null) {
                return taken;
            }
        }
        Choice.Taken lastResort = lastResort(plan, tried);
        return lastResort != null ? lastResort : Refusals.explain(plan, tried);
    }

    private static Choice.@Nullable Taken best(List<Candidate> tier, Set<Backend> tried, int index) {
        @Nullable List<Candidate> refusedPermit = null;
        while (true) {
            Candidate best = null;
            double lowest = Double.POSITIVE_INFINITY;
            for (Candidate candidate : tier) {
                if (!eligible(candidate, tried) || refusedPermit != null && refusedPermit.contains(candidate)) {
                    continue;
                }
                double cost = cost(candidate);
                if (best == null || cost < lowest) {
                    best = candidate;
                    lowest = cost;
                }
            }
            if (best == null) {
                return null;
            }
            BreakerGate.Permit permit = best.backend().gate().tryEnter();
            if (permit != null) {
                return taken(best, permit, index);
            }
            refusedPermit = refusedPermit == null ? new ArrayList<>() : refusedPermit;
            refusedPermit.add(best);
        }
    }

    private static Choice.Taken taken(Candidate candidate, BreakerGate.Permit permit, int tier) {
        Lease lease = candidate.backend().lease(candidate.model(), permit);
        return new Choice.Taken(candidate, lease, tier);
    }

    private static boolean eligible(Candidate candidate, Set<Backend> tried) {
        Backend backend = candidate.backend();
        return !tried.contains(backend)
                && possible(candidate)
                && !backend.isSaturated()
                && backend.gate().refresh() != BreakerGate.Standing.OPEN;
    }

    /** Alive and, as far as is known, holding the model. */
    static boolean possible(Candidate candidate) {
        Backend backend = candidate.backend();
        return backend.health() != Backend.Health.DOWN && mayHave(candidate);
    }

    static boolean mayHave(Candidate candidate) {
        return !candidate.backend().inventory().known()
                || candidate.backend().inventory().find(candidate.model()) != null;
    }

    private static Choice.@Nullable Taken lastResort(Plan plan, Set<Backend> tried) {
        for (int tier = 0; tier < plan.tiers().size(); tier++) {
            for (Candidate candidate : plan.tiers().get(tier)) {
                Backend backend = candidate.backend();
                if (!tried.contains(backend)
                        && possible(candidate)
                        && !backend.isSaturated()
                        && backend.inFlight() == 0) {
                    return taken(candidate, backend.gate().enterRegardless(), tier);
                }
            }
        }
        return null;
    }

    /** Expected seconds to the first token, divided by how much the backend is wanted. */
    static double cost(Candidate candidate) {
        Backend backend = candidate.backend();
        ModelTimes times = backend.times(candidate.model());
        double slots = backend.rule().slots();
        int inFlight = backend.inFlight();
        double seconds;
        boolean measured = times.observations() > 0 || times.occupiedSeconds() > 0;
        if (!measured) {
            seconds = times.inFlight() == 0 && inFlight < slots ? 0 : UNMEASURED_BUSY_SECONDS * (1 + inFlight / slots);
        } else {
            double occupied = times.occupiedSeconds() > 0 ? times.occupiedSeconds() : UNKNOWN_OCCUPIED_SECONDS;
            double wait = inFlight < slots ? 0 : (inFlight - slots + 1) * occupied / slots;
            double load = backend.warm(candidate.model()) ? 0 : UNKNOWN_LOAD_SECONDS;
            // Without a stream there is no first token to measure: the whole answer stands for it.
            double first = times.observations() > 0 ? times.firstTokenSeconds() : occupied;
            seconds = first + wait + load;
        }
        return seconds / (backend.rule().weight() * backend.ramp());
    }
}

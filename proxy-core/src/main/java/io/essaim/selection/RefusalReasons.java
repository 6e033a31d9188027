package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.selection.Choice.Reason;
import io.essaim.selection.Choice.Refused;
import io.essaim.selection.Choice.Standing;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Explains why no backend can take a request, backend by backend, and when another try may be worth it. */
final class RefusalReasons {
    /** About the time in which the prober finds out that a host is back. */
    private static final long PROBE = TimeUnit.SECONDS.toNanos(2);

    private static final int LONGEST = 60;

    /** Backends that one sentence names. */
    private static final int MOST_NAMED = 8;

    /** A host that wants a longer rest is not waited for: the client had better hear of it. */
    private static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(10);

    private RefusalReasons() {}

    static Refused explain(Plan plan, Set<Backend> tried) {
        Set<String> why = new LinkedHashSet<>();
        boolean missing = true;
        long rest = Long.MAX_VALUE;
        long soonest = Long.MAX_VALUE;
        for (Tier tier : plan.tiers()) {
            for (Candidate candidate : tier.candidates()) {
                Backend backend = candidate.backend();
                why.add(backend.name() + " " + reason(candidate, tried));
                if (Eligibility.mayHave(candidate)) {
                    missing = false;
                    soonest = Math.min(soonest, comesBackIn(backend));
                    long asked = backend.saturatedFor(backend.now());
                    if (asked > 0 && Eligibility.possible(candidate) && !tried.contains(backend)) {
                        rest = Math.min(rest, asked);
                    }
                }
            }
        }
        String model = plan.model().shortest();
        if (missing) {
            return new Refused(Reason.NO_SUCH_MODEL, 404, "model '" + model + "' not found" + plan.note(), 0);
        }
        int retryAfter = (int) Math.min(LONGEST, 1 + (soonest - 1) / TimeUnit.SECONDS.toNanos(1));
        if (rest < Long.MAX_VALUE) {
            return Refused.busy(rest > LONGEST_REST ? Reason.SATURATED_FOR_LONG : Reason.SATURATED, retryAfter);
        }
        String all = String.join("; ", why);
        return new Refused(
                Reason.NO_HEALTHY_BACKEND,
                503,
                "no backend can run " + model + " now: " + all + plan.note(),
                retryAfter);
    }

    /**
     * Who would have taken it, and cannot: why those that could have too much to do. Empty, or begins with a semicolon.
     *
     * @param plan of a request that was refused
     */
    static String missed(Plan plan) {
        Set<String> why = new LinkedHashSet<>();
        for (Tier tier : plan.tiers()) {
            for (Candidate candidate : tier.candidates()) {
                if (why.size() <= MOST_NAMED && Eligibility.mayHave(candidate) && broken(candidate)) {
                    why.add(candidate.backend().name() + " " + reason(candidate, Set.of()));
                }
            }
        }
        if (why.size() <= MOST_NAMED) {
            return why.isEmpty() ? "" : "; " + String.join("; ", why);
        }
        return "; " + why.stream().limit(MOST_NAMED).collect(Collectors.joining("; ")) + "; and others";
    }

    private static boolean broken(Candidate candidate) {
        Standing obstacle = Eligibility.obstacle(candidate, candidate.backend().now());
        return obstacle == Standing.DOWN || obstacle == Standing.RESTING || obstacle == Standing.BREAKER_OPEN;
    }

    private static long comesBackIn(Backend backend) {
        long atLeast = backend.health() == Backend.Health.DOWN
                        || backend.gate().refresh() == BreakerGate.Standing.OPEN
                                && backend.gate().retryIn() == 0
                ? PROBE
                : 1;
        return Math.max(
                atLeast,
                Math.max(backend.saturatedFor(backend.now()), backend.gate().retryIn()));
    }

    private static String reason(Candidate candidate, Set<Backend> tried) {
        Backend backend = candidate.backend();
        if (tried.contains(backend)) {
            return "failed just now";
        }
        if (!Eligibility.mayHave(candidate)) {
            return "does not have " + candidate.model().shortest();
        }
        if (backend.health() == Backend.Health.DOWN) {
            return "is down (" + backend.ailment() + ")";
        }
        if (backend.saturatedFor(backend.now()) > 0) {
            return "is busy";
        }
        if (backend.state(candidate.model()).resting(backend.now())) {
            return "could not run " + candidate.model().shortest() + " and is left alone for a while";
        }
        return backend.gate().refresh() == BreakerGate.Standing.OPEN
                ? "failed too often and is left alone for a while"
                : "is being tried already";
    }
}

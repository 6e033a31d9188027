package io.essaim.choose;

import io.essaim.choose.Choice.Reason;
import io.essaim.choose.Choice.Refused;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Says why nobody can take a request, backend by backend. */
final class Refusals {
    /** Ollama's own text, with its two spaces (server/sched.go); clients match it. */
    private static final String BUSY = "server busy, please try again.  maximum pending requests exceeded";

    private Refusals() {}

    static Refused explain(Plan plan, Set<Backend> tried) {
        Map<Backend, String> why = new LinkedHashMap<>();
        boolean missing = true;
        boolean busy = true;
        long soonest = Long.MAX_VALUE;
        for (List<Candidate> tier : plan.tiers()) {
            for (Candidate candidate : tier) {
                Backend backend = candidate.backend();
                missing &= !Selector.mayHave(candidate);
                busy &= tried.contains(backend) || backend.isSaturated();
                soonest = Math.min(soonest, backend.gate().retryIn());
                why.put(backend, reason(candidate, tried));
            }
        }
        String model = plan.model().shortest();
        if (missing) {
            return new Refused(Reason.NO_SUCH_MODEL, 404, "model '" + model + "' not found", 0);
        }
        if (busy && tried.isEmpty()) {
            return new Refused(Reason.SATURATED, 503, BUSY, 1);
        }
        String all = why.entrySet().stream()
                .map(e -> e.getKey().name() + " " + e.getValue())
                .collect(Collectors.joining("; "));
        int retryAfter = soonest == Long.MAX_VALUE ? 1 : (int) Math.min(60, 1 + soonest / 1_000_000_000L);
        return new Refused(Reason.NO_HEALTHY_BACKEND, 503, "no backend can run " + model + " now: " + all, retryAfter);
    }

    private static String reason(Candidate candidate, Set<Backend> tried) {
        Backend backend = candidate.backend();
        if (tried.contains(backend)) {
            return "failed just now";
        }
        if (backend.health() == Backend.Health.DOWN) {
            return "is down (" + backend.ailment() + ")";
        }
        if (!Selector.mayHave(candidate)) {
            return "does not have " + candidate.model().shortest();
        }
        if (backend.isSaturated()) {
            return "is busy";
        }
        return backend.gate().refresh() == BreakerGate.Standing.OPEN
                ? "failed too often and is left alone for a while"
                : "is being tried already";
    }
}

package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Inventory;
import io.essaim.selection.Choice.Standing;
import org.jspecify.annotations.Nullable;

/**
 * Whether a backend can take a request: alive, breaker not open, not saturated, has the model (or its inventory is not known
 * yet), did not fail to run it a moment ago. Any thread.
 */
final class Eligibility {
    private Eligibility() {}

    /** What keeps a request from it; null for nothing. */
    static @Nullable Standing obstacle(Candidate candidate, long now) {
        Backend backend = candidate.backend();
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

    /** Alive and, as far as is known, holding the model. */
    static boolean possible(Candidate candidate) {
        return candidate.backend().health() != Backend.Health.DOWN && mayHave(candidate);
    }

    static boolean mayHave(Candidate candidate) {
        Inventory inventory = candidate.backend().inventory();
        return !inventory.known() || inventory.find(candidate.model()) != null;
    }
}

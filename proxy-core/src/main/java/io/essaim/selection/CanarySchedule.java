package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.Lease;
import io.essaim.fleet.ModelState;
import io.essaim.fleet.RequestForecast;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.Prediction;
import io.essaim.model.ModelName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a {@link Canary} is worth its cost: for a model that {@code /api/ps} lists (so nothing is loaded for
 * it) and that the rules would ask there, on a host that has idled for ten seconds,
 *
 * <ul>
 *   <li>at once, where the breaker is half-open, so that no client's request tries the host first;
 *   <li>if it was never measured there, or, after a minute without work, not for ten minutes; at most once in ten minutes;
 *   <li>every minute, where requests for it go elsewhere ({@link Routes#leads}): nothing else would find out that this host is better;
 *   <li>again, when the last canary changed much of what is expected there.
 * </ul>
 *
 * <p>One thread.
 */
public final class CanarySchedule {
    private static final long SOON = TimeUnit.SECONDS.toNanos(10);
    private static final long IDLE = TimeUnit.MINUTES.toNanos(1);
    private static final long STALE = TimeUnit.MINUTES.toNanos(10);

    /** The same for a host that is asked for and gets nothing, so that only a canary can find out that it has become better. */
    private static final long SHUNNED = TimeUnit.MINUTES.toNanos(1);

    /** By what factor one canary may change what is expected, lest another one follows. */
    private static final double MOVES = 1.25;

    private final Map<Candidate, Asked> asked = new HashMap<>();

    /** When a candidate was asked, and how many seconds it was expected to take then. */
    private record Asked(long at, double seconds) {}

    /**
     * Those that are due, at most one for each host; their leases are taken.
     *
     * @param now nanoseconds of the fleet's ticker
     */
    public List<Canary> due(Routes routes, Fleet fleet, long now) {
        return fleet.all().stream()
                .map(backend -> due(routes, backend, now))
                .flatMap(Stream::ofNullable)
                .toList();
    }

    /** The one that is due at this host, with its lease taken; null for none. */
    public @Nullable Canary due(Routes routes, Backend backend, long now) {
        asked.values().removeIf(one -> now - one.at > STALE);
        boolean recovers = backend.gate().refresh(now) == BreakerGate.Standing.TRIAL;
        return canBeAsked(backend, now) && backend.idleFor(recovers ? 0 : SOON, now)
                ? first(routes, backend, recovers, now)
                : null;
    }

    private static boolean canBeAsked(Backend backend, long now) {
        return backend.health() == Backend.Health.UP && backend.saturatedFor(now) == 0;
    }

    private @Nullable Canary first(Routes routes, Backend backend, boolean recovers, long now) {
        List<Inventory.Loaded> loaded = backend.inventory().loaded();
        for (Inventory.Loaded row : loaded == null ? List.<Inventory.Loaded>of() : loaded) {
            Candidate candidate = ModelName.parse(row.key())
                    .map(model -> routes.serving(backend, model))
                    .orElse(null);
            if (candidate != null && (recovers || wanted(candidate, routes, now)) && canRun(candidate, now)) {
                Canary canary = leased(candidate, now);
                if (canary != null) {
                    asked.put(
                            candidate,
                            new Asked(now, canary.lease().prediction().runSeconds()));
                    return canary;
                }
            }
        }
        return null;
    }

    private static boolean canRun(Candidate candidate, long now) {
        Backend backend = candidate.backend();
        return !candidate.remote()
                && backend.warm(candidate.model(), now)
                && !backend.state(candidate.model()).resting(now);
    }

    private boolean wanted(Candidate candidate, Routes routes, long now) {
        Backend backend = candidate.backend();
        ModelState state = backend.state(candidate.model());
        Asked before = asked.get(candidate);
        if (before != null && moved(candidate, before, now)) {
            return true;
        }
        if (state.estimates().measured() && routes.leads(candidate, SHUNNED, now)) {
            return state.unsureFor(SHUNNED, now) && (before == null || now - before.at > SHUNNED);
        }
        return before == null
                && (!state.estimates().measured() || backend.idleFor(IDLE, now) && state.unsureFor(STALE, now));
    }

    /** Whether the canary found the host so much faster or slower that it is not believed yet. */
    private static boolean moved(Candidate candidate, Asked before, long now) {
        double ratio = prediction(candidate, context(candidate), now).runSeconds() / before.seconds;
        return ratio > MOVES || ratio < 1 / MOVES;
    }

    private static @Nullable Integer context(Candidate candidate) {
        Backend backend = candidate.backend();
        return backend.contexts().running(candidate.model(), backend.inventory());
    }

    private static Prediction prediction(Candidate candidate, @Nullable Integer context, long now) {
        return candidate.backend().predict(candidate.model(), context, Canary.DEMAND, 0, now);
    }

    private static @Nullable Canary leased(Candidate candidate, long now) {
        Backend backend = candidate.backend();
        Integer context = context(candidate);
        Prediction prediction = prediction(candidate, context, now);
        RequestForecast forecast = new RequestForecast(Canary.DEMAND, SlotOwner.PROXY, prediction);
        BreakerGate.Permit permit = backend.gate().tryEnter();
        if (permit == null) {
            return null;
        }
        Lease lease = backend.leaseFree(candidate.model(), context, permit, forecast);
        return lease == null ? null : new Canary(candidate, context, lease);
    }
}

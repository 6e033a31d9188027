package io.essaim.choose;

import io.essaim.config.ContextRule;
import io.essaim.config.Dialect;
import io.essaim.config.RouteRule;
import io.essaim.config.Rules;
import io.essaim.config.TierEntry;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.ModelState;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The rules' routes over the live backends: which backends may serve a model, in which order. Built once per rules,
 * immutable but for what each was last asked for; any thread.
 */
public final class Routes {
    private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

    /** For how long after the last request a route's standby is worth warming. */
    private static final long IN_USE = TimeUnit.MINUTES.toNanos(10);

    /** For how long after a request went elsewhere a model is worth loading. */
    private static final long MISSED = TimeUnit.MINUTES.toNanos(1);

    private final List<Resolved> routes = new ArrayList<>();

    private record Target(Backend backend, Optional<ModelName> other, boolean resident) {}

    private record Resolved(RouteRule rule, List<List<Target>> tiers, AtomicReference<@Nullable Asked> latest) {
        void asked(ModelName model, long now) {
            Asked before = latest.get();
            // Not for every request: event loops would fight for one cache line.
            if (before == null || now - before.at > FRESH || !before.model.equals(model)) {
                latest.set(new Asked(model, now));
            }
        }
    }

    /** A model that was asked for, and when. */
    private record Asked(ModelName model, long at) {}

    public Routes(Rules rules, Fleet fleet) {
        for (RouteRule rule : rules.routes()) {
            List<List<Target>> tiers = new ArrayList<>();
            for (List<TierEntry> tier : rule.tiers()) {
                List<Target> targets = tier.stream()
                        .filter(entry -> fleet.get(entry.backend()).rule().dialect() == Dialect.OLLAMA)
                        .map(entry -> new Target(
                                fleet.get(entry.backend()),
                                Optional.ofNullable(entry.model()).flatMap(ModelName::parse),
                                entry.resident()))
                        .toList();
                if (!targets.isEmpty()) {
                    tiers.add(targets);
                }
            }
            routes.add(new Resolved(rule, tiers, new AtomicReference<>()));
        }
    }

    /**
     * The plan of the first route that matches; empty when none does.
     *
     * @param asked the context that the client asks for; null for none
     * @param agent what the agent's rule says of contexts, which goes before the route's; null for nothing
     */
    public Plan plan(ModelName model, @Nullable Integer asked, @Nullable ContextRule agent) {
        Resolved route = first(model);
        if (route == null) {
            return new Plan(model, List.of(), asked, asked);
        }
        if (!route.tiers.isEmpty()) {
            route.asked(model, route.tiers.get(0).get(0).backend.now());
        }
        ContextRule rule = agent == null ? route.rule.numCtx() : agent;
        Integer context = rule == null ? asked : rule.apply(asked);
        return new Plan(model, tiers(route.tiers, model), asked, context);
    }

    /**
     * The hosts that need a model, each with the name it needs it under: all of the first route that names the model, but
     * only the first of one that is for every model, since that one takes whoever has it.
     */
    public List<Candidate> needing(ModelName model) {
        Resolved route = first(model);
        if (route == null) {
            return List.of();
        }
        List<Candidate> all =
                tiers(route.tiers, model).stream().flatMap(List::stream).toList();
        return route.rule.forEveryModel() && !all.isEmpty() ? List.of(all.get(0)) : all;
    }

    /**
     * The models that had better be in memory before they are asked for: those that the rules keep resident; of a route
     * in use whose backends are all in trouble, what it was last asked for on those of the next tier; and what clouds answer
     * only because it would have to be loaded.
     *
     * @param now nanoseconds of the fleet's ticker
     */
    public List<Wish> wishes(long now) {
        List<Wish> wishes = new ArrayList<>();
        for (Resolved route : routes) {
            Integer context =
                    route.rule.numCtx() == null ? null : route.rule.numCtx().apply(null);
            for (List<Target> tier : route.tiers) {
                for (Target target : tier) {
                    if (target.resident) {
                        ModelName model = target.other.orElseThrow();
                        wishes.add(new Wish(new Candidate(target.backend, model, true), context, true));
                    }
                }
            }
            Asked latest = route.latest.get();
            if (latest != null && now - latest.at < IN_USE) {
                standby(tiers(route.tiers, latest.model)).stream()
                        .filter(candidate -> candidate.renamed() || hasRoom(candidate.backend()))
                        .forEach(candidate -> wishes.add(new Wish(candidate, context, false)));
                tiers(route.tiers, latest.model).forEach(tier -> addMissed(tier, now, wishes));
            }
        }
        return wishes.stream().filter(Wish::canBeMet).toList();
    }

    /** Whether a load throws nothing out, as far as is known: of two models that are asked for in turns each would be loaded again and again. */
    private static boolean hasRoom(Backend backend) {
        List<Inventory.Loaded> loaded = backend.inventory().loaded();
        return loaded != null && loaded.isEmpty();
    }

    private static void addMissed(List<Candidate> tier, long now, List<Wish> wishes) {
        for (Candidate candidate : tier) {
            ModelState.Missed missed =
                    candidate.backend().state(candidate.model()).missed();
            if (missed != null && now - missed.at() < MISSED) {
                wishes.add(new Wish(candidate, missed.context(), false));
            }
        }
    }

    /** The first tier behind those that are wholly in trouble; empty when none is. */
    private static List<Candidate> standby(List<List<Candidate>> tiers) {
        int troubled = 0;
        while (troubled < tiers.size() && tiers.get(troubled).stream().allMatch(Routes::inTrouble)) {
            troubled++;
        }
        return troubled == 0 || troubled == tiers.size() ? List.of() : tiers.get(troubled);
    }

    private static boolean inTrouble(Candidate candidate) {
        Backend backend = candidate.backend();
        return backend.health() == Backend.Health.DOWN || backend.gate().refresh() != BreakerGate.Standing.CLOSED;
    }

    /** The backend with a model, if some route sends requests there for it under that name; else null. */
    @Nullable
    Candidate serving(Backend backend, ModelName model) {
        Resolved decides = first(model);
        for (Resolved route : routes) {
            for (Target target : route.tiers.stream().flatMap(List::stream).toList()) {
                boolean asked = target.other.map(model::equals).orElseGet(() -> route.equals(decides));
                if (target.backend == backend && asked) {
                    return new Candidate(backend, model, target.other.isPresent());
                }
            }
        }
        return null;
    }

    /**
     * Whether the candidate is of a small first tier of a route that was asked for a short while ago: whatever it can do decides
     * where the next request goes.
     *
     * @param nanos how long "a short while" is
     */
    boolean leads(Candidate candidate, long nanos, long now) {
        return routes.stream().anyMatch(route -> {
            Asked latest = route.latest.get();
            return latest != null
                    && now - latest.at < nanos
                    && route.tiers.get(0).size() <= Selector.SMALL_TIER
                    && tiers(route.tiers, latest.model).get(0).contains(candidate);
        });
    }

    /** The rule that decides about a model, or null when none does. */
    @Nullable
    RouteRule deciding(ModelName model) {
        Resolved route = first(model);
        return route == null ? null : route.rule;
    }

    private @Nullable Resolved first(ModelName model) {
        for (Resolved route : routes) {
            if (route.rule.models().stream().anyMatch(pattern -> pattern.matches(model))) {
                return route;
            }
        }
        return null;
    }

    private static List<List<Candidate>> tiers(List<List<Target>> tiers, ModelName asked) {
        List<List<Candidate>> result = new ArrayList<>(tiers.size());
        for (List<Target> tier : tiers) {
            List<Candidate> candidates = new ArrayList<>(tier.size());
            for (Target target : tier) {
                ModelName model = target.other.orElse(asked);
                candidates.add(new Candidate(target.backend, model, !model.equals(asked)));
            }
            result.add(candidates);
        }
        return result;
    }
}

package io.essaim.choose;

import io.essaim.config.AgentRule;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rules' routes over the live backends: which backends may serve a model, in which order. An agent's own are tried before
 * those for everybody. Built once per rules, immutable but for what each was last asked for; any thread.
 */
public final class Routes {
    private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

    /** For how long after the last request a route's standby is worth warming. */
    private static final long IN_USE = TimeUnit.MINUTES.toNanos(10);

    /** For how long after a request went elsewhere a model is worth loading. */
    private static final long MISSED = TimeUnit.MINUTES.toNanos(1);

    /** A model that was loaded such a short while ago and is not there any more gave way to another one, and would do so again. */
    private static final long GAVE_WAY = TimeUnit.MINUTES.toNanos(10);

    private final List<Resolved> common;

    /** By name of the agent, for those that have some. */
    private final Map<String, List<Resolved>> own = new LinkedHashMap<>();

    private record Target(Backend backend, Optional<ModelName> other, boolean resident) {}

    /** @param context what is done about contexts; null for nothing */
    private record Resolved(
            RouteRule rule,
            @Nullable ContextRule context,
            List<List<Target>> tiers,
            AtomicReference<@Nullable Asked> latest) {
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

    /**
     * What decides about a model.
     *
     * @param rule the route
     * @param needing the hosts that need the model because of it, each with the name it needs it under
     */
    record Decision(RouteRule rule, List<Candidate> needing) {}

    public Routes(Rules rules, Fleet fleet) {
        common = resolved(rules.routes(), null, fleet);
        for (AgentRule agent : rules.agents().values()) {
            if (!agent.profile().routes().isEmpty()) {
                own.put(agent.name(), resolved(agent.profile().routes(), agent.numCtx(), fleet));
            }
        }
    }

    private static List<Resolved> resolved(List<RouteRule> rules, @Nullable ContextRule before, Fleet fleet) {
        List<Resolved> routes = new ArrayList<>();
        for (RouteRule rule : rules) {
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
            ContextRule context = before == null ? rule.numCtx() : before;
            routes.add(new Resolved(rule, context, tiers, new AtomicReference<>()));
        }
        return routes;
    }

    /**
     * The plan of the first route for everybody that matches; empty when none does.
     *
     * @param asked the context that the client asks for; null for none
     * @param before what is done about contexts whatever the route says; null for nothing
     */
    public Plan plan(ModelName model, @Nullable Integer asked, @Nullable ContextRule before) {
        return plan(first(common, model), model, asked, before);
    }

    /** The plan of the first route that matches, of the agent's own or else of those for everybody; empty when none does. */
    public Plan plan(ModelName model, @Nullable Integer asked, @Nullable ContextRule before, AgentRule agent) {
        Resolved route = first(own.getOrDefault(agent.name(), List.of()), model);
        return plan(route == null ? first(common, model) : route, model, asked, before);
    }

    private static Plan plan(
            @Nullable Resolved route, ModelName model, @Nullable Integer asked, @Nullable ContextRule before) {
        if (route == null) {
            return new Plan(model, List.of(), asked, asked);
        }
        if (!route.tiers.isEmpty()) {
            route.asked(model, route.tiers.get(0).get(0).backend.now());
        }
        ContextRule rule = before == null ? route.context : before;
        Integer context = rule == null ? asked : rule.apply(asked);
        return new Plan(model, tiers(route.tiers, model), asked, context);
    }

    /**
     * The hosts that need a model, each with the name it needs it under: all of the first route that names the model, but
     * only the first of one that is for every model, since that one takes whoever has it. So for everybody, and for every agent
     * whose own routes decide.
     */
    public List<Candidate> needing(ModelName model) {
        Set<Candidate> needing = new LinkedHashSet<>();
        for (Resolved route : firsts(model)) {
            List<Candidate> all = all(route, model);
            boolean takesAnyone = route.rule.forEveryModel();
            if (!takesAnyone) {
                needing.addAll(all);
            } else if (all.stream().noneMatch(needing::contains)) {
                needing.addAll(needs(route, model));
            }
        }
        return List.copyOf(needing);
    }

    private static List<Candidate> all(Resolved route, ModelName model) {
        return tiers(route.tiers, model).stream().flatMap(List::stream).toList();
    }

    private static List<Candidate> needs(Resolved route, ModelName model) {
        List<Candidate> all = all(route, model);
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
        for (Resolved route : everyRoute().toList()) {
            Integer context = route.context == null ? null : route.context.apply(null);
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
            ModelState state = candidate.backend().state(candidate.model());
            ModelState.Missed missed = state.missed();
            boolean gaveWay = state.loadedWithin(GAVE_WAY, now) && !hasRoom(candidate.backend());
            if (missed != null && now - missed.at() < MISSED && !gaveWay) {
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
        List<Resolved> deciding = firsts(model);
        for (Resolved route : everyRoute().toList()) {
            for (Target target : route.tiers.stream().flatMap(List::stream).toList()) {
                boolean asked = target.other.map(model::equals).orElseGet(() -> deciding.contains(route));
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
        return everyRoute().anyMatch(route -> {
            Asked latest = route.latest.get();
            return latest != null
                    && now - latest.at < nanos
                    && route.tiers.get(0).size() <= Selector.SMALL_TIER
                    && tiers(route.tiers, latest.model).get(0).contains(candidate);
        });
    }

    /** What decides about a model: for everybody, and for each agent with a route of its own for it. Empty when nothing does. */
    List<Decision> deciding(ModelName model) {
        return firsts(model).stream()
                .map(route -> new Decision(route.rule, needs(route, model)))
                .toList();
    }

    private Stream<Resolved> everyRoute() {
        return Stream.concat(Stream.of(common), own.values().stream()).flatMap(List::stream);
    }

    private List<Resolved> firsts(ModelName model) {
        return Stream.concat(Stream.of(common), own.values().stream())
                .map(routes -> first(routes, model))
                .flatMap(Stream::ofNullable)
                .toList();
    }

    private static @Nullable Resolved first(List<Resolved> routes, ModelName model) {
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

package io.essaim.selection;

import io.essaim.config.AgentRule;
import io.essaim.config.ContextRule;
import io.essaim.config.RouteRule;
import io.essaim.config.Rules;
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
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rules' routes over the live backends: which backends may serve a model, in which order. An agent's own are tried before
 * those for everybody. Built once per rules, immutable but for what each was last asked for; any thread.
 */
public final class Routes {
    /** For how long after the last request a route's standby is worth warming. */
    private static final long IN_USE = TimeUnit.MINUTES.toNanos(10);

    /** For how long after a request went elsewhere a model is worth loading. */
    private static final long MISSED = TimeUnit.MINUTES.toNanos(1);

    /** A model that was loaded such a short while ago and is not there any more gave way to another one, and would do so again. */
    private static final long GAVE_WAY = TimeUnit.MINUTES.toNanos(10);

    private final List<LiveRoute> common;

    /** By name of the agent, for those that have some. */
    private final Map<String, List<LiveRoute>> own = new LinkedHashMap<>();

    /**
     * What decides about a model.
     *
     * @param rule the route
     * @param needing the hosts that need the model because of it, each with the name it needs it under
     */
    record Decision(RouteRule rule, List<Candidate> needing) {}

    public Routes(Rules rules, Fleet fleet) {
        common = LiveRoute.all(rules.routes(), null, fleet);
        for (AgentRule agent : rules.agents().values()) {
            if (!agent.profile().routes().isEmpty()) {
                own.put(agent.name(), LiveRoute.all(agent.profile().routes(), agent.numCtx(), fleet));
            }
        }
    }

    /** Takes up what routes of earlier rules were asked for, where the same route is among these; before anybody asks. */
    public void inherit(Routes former) {
        List<LiveRoute> before = former.everyRoute().toList();
        everyRoute()
                .forEach(route -> before.stream()
                        .filter(old -> old.rule().equals(route.rule()))
                        .findFirst()
                        .ifPresent(route::inherit));
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
        LiveRoute route = first(own.getOrDefault(agent.name(), List.of()), model);
        return plan(route == null ? first(common, model) : route, model, asked, before);
    }

    private static Plan plan(
            @Nullable LiveRoute route, ModelName model, @Nullable Integer asked, @Nullable ContextRule before) {
        if (route == null) {
            return new Plan(model, List.of(), asked, asked);
        }
        ContextRule rule = before == null ? route.context() : before;
        Integer context = rule == null ? asked : rule.apply(asked);
        return new Plan(model, route.ask(model), asked, context);
    }

    /**
     * The hosts that need a model, each with the name it needs it under: all of the first route that names the model, but
     * only the first of one that is for every model, since that one takes any host that has it. So for everybody, and for every agent
     * whose own routes decide.
     */
    public List<Candidate> needing(ModelName model) {
        Set<Candidate> needing = new LinkedHashSet<>();
        for (LiveRoute route : firsts(model)) {
            List<Candidate> all = all(route, model);
            boolean takesAnyone = route.rule().forEveryModel();
            if (!takesAnyone) {
                needing.addAll(all);
            } else if (all.stream().noneMatch(needing::contains)) {
                needing.addAll(needs(route, model));
            }
        }
        return List.copyOf(needing);
    }

    private static List<Candidate> all(LiveRoute route, ModelName model) {
        return route.candidates(model).stream().flatMap(List::stream).toList();
    }

    private static List<Candidate> needs(LiveRoute route, ModelName model) {
        List<Candidate> all = all(route, model);
        return route.rule().forEveryModel() && !all.isEmpty() ? List.of(all.get(0)) : all;
    }

    /**
     * The models that had better be in memory before they are asked for: those that the rules keep resident; of a route
     * in use whose backends are all in trouble, what it was last asked for on those of the next tier; and what clouds answer
     * only because it would have to be loaded.
     *
     * @param now nanoseconds of the fleet's ticker
     */
    public List<PreloadRequest> wishes(long now) {
        List<PreloadRequest> wishes = new ArrayList<>();
        for (LiveRoute route : everyRoute().toList()) {
            Integer context = route.context() == null ? null : route.context().apply(null);
            for (List<LiveRoute.Target> tier : route.tiers()) {
                for (LiveRoute.Target target : tier) {
                    if (target.resident()) {
                        ModelName model = target.other().orElseThrow();
                        wishes.add(new PreloadRequest(new Candidate(target.backend(), model, true), context, true));
                    }
                }
            }
            List<ModelName> asked = route.askedWithin(IN_USE, now);
            if (!asked.isEmpty()) {
                standby(route.candidates(asked.get(0))).stream()
                        .filter(candidate -> candidate.renamed() || hasRoom(candidate.backend()))
                        .forEach(candidate -> wishes.add(new PreloadRequest(candidate, context, false)));
            }
            asked.forEach(model -> route.candidates(model).forEach(tier -> addMissed(tier, now, wishes)));
        }
        return wishes.stream().distinct().filter(PreloadRequest::canBeMet).toList();
    }

    /** Whether a load throws nothing out, as far as is known: of two models that are asked for in turns each would be loaded again and again. */
    private static boolean hasRoom(Backend backend) {
        List<Inventory.Loaded> loaded = backend.inventory().loaded();
        return loaded != null && loaded.isEmpty();
    }

    private static void addMissed(List<Candidate> tier, long now, List<PreloadRequest> wishes) {
        for (Candidate candidate : tier) {
            ModelState state = candidate.backend().state(candidate.model());
            ModelState.Missed missed = state.missed();
            boolean gaveWay = state.loadedWithin(GAVE_WAY, now) && !hasRoom(candidate.backend());
            if (missed != null && now - missed.at() < MISSED && !gaveWay) {
                wishes.add(new PreloadRequest(candidate, missed.context(), false));
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
        List<LiveRoute> deciding = firsts(model);
        for (LiveRoute route : everyRoute().toList()) {
            for (LiveRoute.Target target :
                    route.tiers().stream().flatMap(List::stream).toList()) {
                boolean asked = target.other().map(model::equals).orElseGet(() -> deciding.contains(route));
                if (target.backend() == backend && asked) {
                    return new Candidate(backend, model, target.other().isPresent());
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
        return everyRoute()
                .filter(route ->
                        !route.tiers().isEmpty() && route.tiers().get(0).size() <= Selector.SMALL_TIER)
                .anyMatch(route -> route.askedWithin(nanos, now).stream()
                        .anyMatch(model -> route.candidates(model).get(0).contains(candidate)));
    }

    /** What decides about a model: for everybody, and for each agent with a route of its own for it. Empty when nothing does. */
    List<Decision> deciding(ModelName model) {
        return firsts(model).stream()
                .map(route -> new Decision(route.rule(), needs(route, model)))
                .toList();
    }

    private Stream<LiveRoute> everyRoute() {
        return Stream.concat(Stream.of(common), own.values().stream()).flatMap(List::stream);
    }

    private List<LiveRoute> firsts(ModelName model) {
        return Stream.concat(Stream.of(common), own.values().stream())
                .map(routes -> first(routes, model))
                .flatMap(Stream::ofNullable)
                .toList();
    }

    private static @Nullable LiveRoute first(List<LiveRoute> routes, ModelName model) {
        for (LiveRoute route : routes) {
            if (route.matches(model)) {
                return route;
            }
        }
        return null;
    }
}

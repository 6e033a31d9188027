package io.essaim.choose;

import io.essaim.config.ContextRule;
import io.essaim.config.Dialect;
import io.essaim.config.RouteRule;
import io.essaim.config.Rules;
import io.essaim.config.TierEntry;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules' routes over the live backends: which backends may serve a model, in which order. Built once per rules,
 * immutable, any thread.
 */
public final class Routes {
    private final List<Resolved> routes = new ArrayList<>();

    private record Target(Backend backend, Optional<ModelName> other) {}

    private record Resolved(RouteRule rule, List<List<Target>> tiers) {}

    public Routes(Rules rules, Fleet fleet) {
        for (RouteRule rule : rules.routes()) {
            List<List<Target>> tiers = new ArrayList<>();
            for (List<TierEntry> tier : rule.tiers()) {
                List<Target> targets = tier.stream()
                        .filter(entry -> fleet.get(entry.backend()).rule().dialect() == Dialect.OLLAMA)
                        .map(entry -> new Target(
                                fleet.get(entry.backend()),
                                Optional.ofNullable(entry.model()).flatMap(ModelName::parse)))
                        .toList();
                if (!targets.isEmpty()) {
                    tiers.add(targets);
                }
            }
            routes.add(new Resolved(rule, tiers));
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

package io.essaim.selection;

import io.essaim.config.Dialect;
import io.essaim.config.ModelPattern;
import io.essaim.config.RouteRule;
import io.essaim.config.Rules;
import io.essaim.config.TierEntry;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which models the rules need on which hosts, so that every host of a route can stand in for the others. A route for
 * every model ({@code *}) takes any host that has the model, so it needs only what its tiers name, and one host for each alias. Immutable,
 * any thread.
 */
public final class RequiredModels {
    private final Rules rules;
    private final Routes routes;

    private record Need(String host, ModelName model) {}

    public RequiredModels(Rules rules, Routes routes) {
        this.rules = rules;
        this.routes = routes;
    }

    /**
     * What each host needs: for each route the models that its patterns or aliases name in full and those that its hosts
     * have already, and the models that its tiers name. A host whose tier names another model needs only that one, and what it
     * has besides is no reason for others to have it.
     *
     * @param installed the models of each host by its name; a host that is not in it counts as empty
     * @return by name of each Ollama host, in the order of the rules; the sets may be empty
     */
    public Map<String, Set<ModelName>> needed(Map<String, Set<ModelName>> installed) {
        Map<String, Set<ModelName>> needed = new LinkedHashMap<>();
        rules.backends().values().stream()
                .filter(rule -> rule.dialect() == Dialect.OLLAMA)
                .forEach(rule -> needed.put(rule.name(), new LinkedHashSet<>()));
        for (ModelName model : new LinkedHashSet<>(rules.aliases().values())) {
            ofAlias(model, installed)
                    .forEach(need -> needed.getOrDefault(need.host, new LinkedHashSet<>())
                            .add(need.model));
        }
        boolean grown = true;
        while (grown) { // what one route brings to a host may be what another route wants of it
            grown = false;
            for (RouteRule route : rules.everyRoute()) {
                for (Need need : needs(route, installed, needed)) {
                    grown |= needed.getOrDefault(need.host, new LinkedHashSet<>())
                            .add(need.model);
                }
            }
        }
        return needed;
    }

    /**
     * What {@link #needed} says without what is there.
     *
     * @param installed the models of each host that is known, by its name
     * @return by name of the host, in the order of the rules; hosts that are not known or lack nothing are left out
     */
    public Map<String, Set<ModelName>> missing(Map<String, Set<ModelName>> installed) {
        Map<String, Set<ModelName>> missing = new LinkedHashMap<>();
        needed(installed).forEach((host, models) -> {
            Set<ModelName> there = installed.get(host);
            if (there != null && !there.containsAll(models)) {
                models.removeAll(there);
                missing.put(host, models);
            }
        });
        return missing;
    }

    private List<Need> needs(
            RouteRule route, Map<String, Set<ModelName>> installed, Map<String, Set<ModelName>> needed) {
        Set<ModelName> wanted = new LinkedHashSet<>();
        List<Need> needs = new ArrayList<>();
        boolean takesAnyone = route.forEveryModel();
        if (!takesAnyone) {
            route.models().stream()
                    .map(ModelPattern::onlyName)
                    .flatMap(Optional::stream)
                    .forEach(wanted::add);
        }
        for (List<TierEntry> tier : route.tiers()) {
            for (TierEntry entry : tier) {
                String other = entry.model();
                if (other != null) {
                    ModelName.parse(other).ifPresent(model -> needs.add(new Need(entry.backend(), model)));
                } else if (!takesAnyone) {
                    wanted.addAll(decided(route, installed.getOrDefault(entry.backend(), Set.of())));
                    wanted.addAll(decided(route, needed.getOrDefault(entry.backend(), Set.of())));
                }
            }
        }
        for (ModelName model : wanted) {
            routes.needing(model).forEach(c -> needs.add(new Need(c.backend().name(), c.model())));
        }
        return needs;
    }

    private List<Need> ofAlias(ModelName model, Map<String, Set<ModelName>> installed) {
        List<Need> needs = new ArrayList<>();
        for (Routes.Decision decision : routes.deciding(model)) {
            boolean anyoneWillDo = decision.rule().forEveryModel();
            boolean there = decision.rule().tiers().stream()
                    .flatMap(List::stream)
                    .anyMatch(entry -> entry.model() == null
                            && installed.getOrDefault(entry.backend(), Set.of()).contains(model));
            if (!anyoneWillDo || !there) {
                decision.needing().forEach(c -> needs.add(new Need(c.backend().name(), c.model())));
            }
        }
        return needs;
    }

    /** Whether a route decides about a model for somebody. */
    private List<ModelName> decided(RouteRule route, Set<ModelName> models) {
        return models.stream()
                .filter(model -> routes.deciding(model).stream()
                        .anyMatch(decision -> decision.rule().equals(route)))
                .toList();
    }
}

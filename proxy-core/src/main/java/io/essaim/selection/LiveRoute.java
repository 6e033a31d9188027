package io.essaim.selection;

import io.essaim.config.ContextRule;
import io.essaim.config.Dialect;
import io.essaim.config.RouteRule;
import io.essaim.config.TierEntry;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A route of the rules over the live backends, and the models that were requested through it. Any thread. */
final class LiveRoute {
    private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

    /** Models that are remembered; their names come from clients. */
    private static final int MOST_MODELS = 256;

    private final RouteRule rule;
    private final @Nullable ContextRule context;
    private final List<List<Target>> tiers;
    private final ConcurrentHashMap<ModelName, Planned> planned = new ConcurrentHashMap<>();

    /**
     * A place in a tier.
     *
     * @param other the model that runs there whatever is asked for; empty for what is asked for
     * @param resident whether that is to stay in memory
     */
    record Target(Backend backend, Optional<ModelName> other, boolean resident) {
        Candidate candidate(ModelName asked) {
            ModelName model = other.orElse(asked);
            return new Candidate(backend, model, !model.equals(asked));
        }
    }

    /** The candidates for a model, and when it was last asked for. */
    private static final class Planned {
        final List<Tier> tiers;
        volatile long askedAt;

        Planned(List<Tier> tiers, long now) {
            this.tiers = tiers;
            this.askedAt = now;
        }
    }

    private LiveRoute(RouteRule rule, @Nullable ContextRule context, List<List<Target>> tiers) {
        this.rule = rule;
        this.context = context;
        this.tiers = tiers;
    }

    /** @param before what is done about contexts whatever the routes say; null for nothing */
    static List<LiveRoute> all(List<RouteRule> rules, @Nullable ContextRule before, Fleet fleet) {
        List<LiveRoute> routes = new ArrayList<>();
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
            routes.add(new LiveRoute(rule, before == null ? rule.numCtx() : before, tiers));
        }
        return routes;
    }

    /** Takes up what an equal route of earlier rules was asked for, and when. */
    void inherit(LiveRoute former) {
        former.planned.forEach((model, plan) -> planned.put(
                model, new Planned(candidates(model).stream().map(Tier::new).toList(), plan.askedAt)));
    }

    RouteRule rule() {
        return rule;
    }

    /** What is done about contexts; null for nothing. */
    @Nullable
    ContextRule context() {
        return context;
    }

    /** Tiers without a place do not occur. */
    List<List<Target>> tiers() {
        return tiers;
    }

    boolean matches(ModelName model) {
        return rule.models().stream().anyMatch(pattern -> pattern.matches(model));
    }

    /** The candidates for a model that is asked for now. */
    List<Tier> ask(ModelName model) {
        if (tiers.isEmpty()) {
            return List.of();
        }
        long now = tiers.get(0).get(0).backend().now();
        Planned known = planned.get(model);
        if (known == null) {
            if (planned.size() >= MOST_MODELS) {
                planned.clear();
            }
            known = planned.computeIfAbsent(
                    model,
                    name -> new Planned(candidates(name).stream().map(Tier::new).toList(), now));
        }
        if (now - known.askedAt > FRESH) { // Not for every request: event loops would fight for one cache line.
            known.askedAt = now;
        }
        return known.tiers;
    }

    /** The models that it was asked for within so many nanoseconds, the latest first, within a second. */
    List<ModelName> askedWithin(long nanos, long now) {
        record Asked(ModelName model, long ago) {}
        List<Asked> asked = new ArrayList<>(2);
        planned.forEach((model, plan) -> {
            long ago = now - plan.askedAt;
            if (ago < nanos) {
                asked.add(new Asked(model, ago));
            }
        });
        asked.sort(Comparator.comparingLong(Asked::ago));
        return asked.stream().map(Asked::model).toList();
    }

    /** The candidates for a model that nobody asks for now. */
    List<List<Candidate>> candidates(ModelName model) {
        return tiers.stream()
                .map(tier ->
                        tier.stream().map(target -> target.candidate(model)).toList())
                .toList();
    }
}

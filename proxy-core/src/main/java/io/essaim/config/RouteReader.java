package io.essaim.config;

import io.essaim.config.Node.Text;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code routes}, everybody's or an agent's own, and refuses those parts of them that no request could ever reach. */
final class RouteReader {
    static final String CATCH_ALL = "\"*\" matches every model";

    /** Hint for everybody's routes. */
    static final String NEEDED = "no request could be answered; " + CATCH_ALL;

    private final BackendReader backends;
    private final @Nullable Zone limit;
    private final List<RouteRule> rules = new ArrayList<>();
    private final Map<ModelPattern, String> earlier = new LinkedHashMap<>();

    /** @param limit the zone of the agent whose routes they are; null for none */
    RouteReader(BackendReader backends, @Nullable Zone limit) {
        this.backends = backends;
        this.limit = limit;
    }

    List<RouteRule> rules() {
        return rules;
    }

    /** @param hint what to do about an empty list */
    void read(Spot spot, String hint) {
        for (Spot route : spot.atLeastOne(hint)) {
            Section section = route.section("models", "tiers", "numCtx");
            List<ModelPattern> models = section.require("models", "like [\"llama3.2:*\"]")
                    .map(this::models)
                    .orElse(List.of());
            List<List<TierEntry>> tiers = section.require("tiers", "like [[\"first\"], [\"second\"]]")
                    .map(this::tiers)
                    .orElse(List.of());
            rules.add(new RouteRule(models, tiers, ContextReader.read(section.get("numCtx"))));
        }
    }

    private List<ModelPattern> models(Spot spot) {
        Map<ModelPattern, String> here = new LinkedHashMap<>();
        for (Spot item : spot.atLeastOne("\"*\" matches every model")) {
            pattern(item).ifPresent(pattern -> {
                findCover(pattern, here, item);
                here.putIfAbsent(pattern, item.path());
            });
        }
        here.forEach(
                earlier::putIfAbsent); // within a route an overlap does no harm: only whole repetitions are reported
        return List.copyOf(here.keySet());
    }

    /** A model name or pattern; empty and reported if it is something else. */
    static Optional<ModelPattern> pattern(Spot spot) {
        Optional<String> text = spot.text();
        Optional<ModelPattern> pattern = text.flatMap(ModelPattern::parse);
        if (text.isPresent() && pattern.isEmpty()) {
            spot.refuse("not a model name or pattern", "like llama3.2, llama3.2:1b, qwen*, or *");
        }
        return pattern;
    }

    private void findCover(ModelPattern pattern, Map<ModelPattern, String> here, Spot spot) {
        String same = here.get(pattern);
        if (same != null) {
            spot.refuse("the same models as " + same, "remove one of them");
            return;
        }
        earlier.entrySet().stream()
                .filter(other -> other.getKey().covers(pattern))
                .findFirst()
                .ifPresent(other -> spot.refuse(
                        "never reached: " + other.getValue() + " \"" + other.getKey() + "\" takes these models first",
                        "put the narrower route first"));
    }

    private List<List<TierEntry>> tiers(Spot spot) {
        Map<List<String>, String> seen = new HashMap<>();
        List<List<TierEntry>> tiers = new ArrayList<>();
        for (Spot tier : spot.atLeastOne("name at least one backend")) {
            List<TierEntry> entries = new ArrayList<>();
            for (Spot item : tier.atLeastOne("name at least one backend, or remove the tier")) {
                entry(item).ifPresent(entry -> {
                    String first = seen.putIfAbsent(identity(entry), item.path());
                    if (first != null) {
                        item.refuse("never reached: the same backend and model as " + first, "remove one of them");
                    }
                    backends.checkZone(item, entry.backend(), limit, "leave it out");
                    entries.add(entry);
                });
            }
            tiers.add(entries);
        }
        return tiers;
    }

    private static List<String> identity(TierEntry entry) {
        String model = entry.model();
        if (model == null) {
            return List.of(entry.backend());
        }
        return List.of(
                entry.backend(), ModelName.parse(model).map(ModelName::key).orElse(model));
    }

    private Optional<TierEntry> entry(Spot spot) {
        if (spot.node() instanceof Text) {
            return BackendRef.read(spot, backends.dialects(), false).map(name -> new TierEntry(name, null, false));
        }
        if (!(spot.node() instanceof Node.Fields)) {
            spot.wrongKind("the name of a backend or an object");
            return Optional.empty();
        }
        Section section = spot.section("backend", "model", "resident");
        Optional<String> backend = section.require("backend", "the name of a backend")
                .flatMap(value -> BackendRef.read(value, backends.dialects(), false));
        String model = section.get("model").flatMap(RouteReader::model).orElse(null);
        boolean resident = section.get("resident").flatMap(Spot::flag).orElse(false);
        if (resident && model == null) {
            spot.refuse("resident without a model", "name the model that is to stay in memory there");
        }
        return backend.map(name -> new TierEntry(name, model, resident));
    }

    private static Optional<String> model(Spot spot) {
        Optional<String> model = spot.text();
        if (model.isPresent() && ModelName.parse(model.get()).isEmpty()) {
            spot.refuse("not a model name", "like llama3.2:1b; a backend is asked for one model, not for a pattern");
        }
        return model;
    }
}

package io.essaim.config;

import static io.essaim.config.ValueType.flag;
import static io.essaim.config.ValueType.inContext;
import static io.essaim.config.ValueType.listInContext;
import static io.essaim.config.ValueType.text;

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
    /** What a schema can express of model names. */
    static final String MODEL_NAME = "[A-Za-z0-9_][A-Za-z0-9_.:/-]*";

    static final String CATCH_ALL = "\"*\" matches every model";

    /** Hint for everybody's routes. */
    static final String NEEDED = "no request could be answered; " + CATCH_ALL;

    /** A model name or pattern. */
    static final ValueType<ModelPattern> PATTERN = text(
            "model name, `*` standing for any characters",
            "[A-Za-z0-9_*][A-Za-z0-9_.:/*-]*",
            ModelPattern::parse,
            "not a model name or pattern",
            "like llama3.2, llama3.2:1b, qwen*, or *");

    private static final RulesKey<Spot> BACKEND = RulesKey.of(
                    "backend", inContext("name of a backend", Map.of("type", "string")))
            .required("the name of a backend")
            .means("A backend of the `ollama` dialect.");
    private static final RulesKey<String> MODEL = RulesKey.of(
                    "model",
                    text(
                            "model name",
                            MODEL_NAME,
                            name -> ModelName.parse(name).map(parsed -> name),
                            "not a model name",
                            "like llama3.2:1b; a backend is asked for one model, not for a pattern"))
            .otherwise("the one that the client named")
            .means("The model that this backend is asked for.");
    private static final RulesKey<Boolean> RESIDENT = RulesKey.of("resident", flag())
            .or(false)
            .means("Whether the model stays in this backend's memory, asked for or not. Needs `model`.");
    private static final RulesObject ENTRY = RulesObject.of(
            "tierEntry", "A backend of a tier, and the model that it is asked for.", BACKEND, MODEL, RESIDENT);

    private static final RulesKey<Spot> MODELS = RulesKey.of("models", listInContext(PATTERN))
            .required("like [\"llama3.2:*\"]")
            .means("Names of models, or patterns in which `*` stands for any characters but `/`.");
    private static final RulesKey<Spot> TIERS = RulesKey.of(
                    "tiers",
                    listInContext(listInContext(inContext(
                                    "name of a backend, or an object",
                                    Map.of("anyOf", List.of(Map.of("type", "string"), ValueType.reference(ENTRY)))))
                            .described("tiers, each a list of names of backends or objects")))
            .required("like [[\"first\"], [\"second\"]]")
            .means(
                    "Groups of backends in order of preference. A later group is used while no backend of the earlier ones can answer.");
    private static final RulesObject ROUTE =
            RulesObject.of("route", "Where requests for certain models go.", MODELS, TIERS, ContextReader.NUM_CTX);
    static final RulesKey<Spot> ROUTES = RulesKey.of(
                    "routes", listInContext(inContext("object", ValueType.reference(ROUTE))))
            .required(CATCH_ALL)
            .means("Where requests go, by model. The first route with a matching pattern decides.");

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
            Section section = route.section(ROUTE);
            List<ModelPattern> models = section.find(MODELS).map(this::models).orElse(List.of());
            List<List<TierEntry>> tiers = section.find(TIERS).map(this::tiers).orElse(List.of());
            ContextRule numCtx = section.find(ContextReader.NUM_CTX).orElse(null);
            rules.add(new RouteRule(models, tiers, numCtx));
        }
    }

    private List<ModelPattern> models(Spot spot) {
        Map<ModelPattern, String> here = new LinkedHashMap<>();
        for (Spot item : spot.atLeastOne("\"*\" matches every model")) {
            PATTERN.read(item).ifPresent(pattern -> {
                findCover(pattern, here, item);
                here.putIfAbsent(pattern, item.path());
            });
        }
        here.forEach(
                earlier::putIfAbsent); // within a route an overlap does no harm: only whole repetitions are reported
        return List.copyOf(here.keySet());
    }

    /** A model name as it is written. */
    static ValueType<ModelName> modelName(String hint) {
        return text("model name", MODEL_NAME, ModelName::parse, "not a model name", hint);
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
        Section section = spot.section(ENTRY);
        Optional<String> backend =
                section.find(BACKEND).flatMap(place -> BackendRef.read(place, backends.dialects(), false));
        Optional<String> model = section.find(MODEL);
        if (section.has(MODEL) && model.isEmpty() && section.at(MODEL).node() instanceof Text faulty) {
            model = Optional.of(faulty.value()); // the entry differs from one without a model
        }
        boolean resident = section.get(RESIDENT);
        if (resident && model.isEmpty()) {
            spot.refuse("resident without a model", "name the model that is to stay in memory there");
        }
        String named = model.orElse(null);
        return backend.map(name -> new TierEntry(name, named, resident));
    }
}

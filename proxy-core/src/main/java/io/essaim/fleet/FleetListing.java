package io.essaim.fleet;

import io.essaim.api.Json;
import io.essaim.model.ModelName;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers from the known state of the fleet, as one Ollama would give them. They are right also with every host down:
 * the last known models stay listed. Any thread.
 */
public final class FleetListing {
    /** What is said while no host's version is known: the least that strict clients accept. */
    private static final String NO_VERSION = "0.12.0";

    private static final Pattern VERSION = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9}){0,3}(-[0-9A-Za-z.-]{1,40})?");

    /** Go's zero time, what Ollama shows when it knows none. */
    private static final OffsetDateTime NO_TIME = OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    private final Fleet fleet;
    private final Map<ModelName, ModelName> aliases;
    private final Predicate<ModelName> shown;
    private final Map<ModelName, CloudModel> clouds;
    private final boolean remotes;
    private volatile Memory memory = new Memory(List.of(), Map.of(), "", "");

    /** What was made of one state of the inventories. */
    private record Memory(List<Inventory> of, Map<String, Inventory.Installed> models, String tags, String v1Models) {}

    /** @param aliases other names under which models are listed too */
    public FleetListing(Fleet fleet, Map<ModelName, ModelName> aliases) {
        this(fleet, aliases, model -> true, List.of(), true);
    }

    /**
     * @param shown which models there are; the others are not listed, nor is what is called otherwise and is one of them
     * @param clouds models that are listed too where no host has one of that name
     * @param remotes whether models are listed for which a host hands prompts on to somewhere else
     */
    public FleetListing(
            Fleet fleet,
            Map<ModelName, ModelName> aliases,
            Predicate<ModelName> shown,
            Collection<CloudModel> clouds,
            boolean remotes) {
        this.fleet = fleet;
        this.aliases = aliases;
        this.shown = shown;
        this.remotes = remotes;
        this.clouds = clouds.stream().collect(Collectors.toUnmodifiableMap(CloudModel::name, Function.identity()));
    }

    /** Made anew only when a probe changed an inventory: listings are asked for before every message by some clients. */
    private Memory remembered() {
        List<Inventory> now = fleet.ollamas().stream().map(Backend::inventory).toList();
        Memory known = memory;
        if (!same(known.of, now)) {
            Map<String, Inventory.Installed> models = byKey(now);
            List<ObjectNode> rows = sorted(models);
            known = new Memory(now, models, rows(rows), v1Models(rows));
            memory = known;
        }
        return known;
    }

    private static boolean same(List<Inventory> some, List<Inventory> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (some.get(i).installed() != others.get(i).installed()) {
                return false;
            }
        }
        return true;
    }

    /**
     * {@code /api/version}: the lowest of the living hosts, so that no client counts on what some host lacks. With every host
     * down it is the lowest that was ever said.
     */
    public String version() {
        String lowest = lowest(fleet.ollamas().stream().filter(b -> b.health() == Backend.Health.UP))
                .or(() -> lowest(fleet.ollamas().stream()))
                .orElse(NO_VERSION);
        return "{\"version\":" + Json.quote(lowest) + "}";
    }

    private static Optional<String> lowest(Stream<Backend> backends) {
        return backends.map(b -> b.inventory().version())
                .flatMap(Stream::ofNullable)
                .filter(v -> VERSION.matcher(v).matches())
                .min(Comparator.comparing(FleetListing::sortKey));
    }

    /** Sorts like the numbers, a pre-release ({@code 0.16.0-rc1}) below its release. */
    private static String sortKey(String version) {
        int dash = version.indexOf('-');
        String numbers = dash < 0 ? version : version.substring(0, dash);
        StringBuilder key = new StringBuilder();
        for (String part : numbers.split("\\.", -1)) {
            key.append("0".repeat(9 - part.length())).append(part);
        }
        return key.append(dash < 0 ? "~" : version.substring(dash)).toString();
    }

    /** {@code /api/tags}: one row per name; where digests differ the newest row; newest first, as Ollama sorts. */
    public String tags() {
        return remembered().tags;
    }

    /** {@code /api/ps}: one row per loaded model and host, the longest-lived first. */
    public String ps() {
        List<ObjectNode> rows = new ArrayList<>();
        for (Backend backend : fleet.ollamas()) {
            List<Inventory.Loaded> loaded = backend.inventory().loaded();
            if (loaded != null) {
                loaded.stream()
                        .filter(model -> isShown(backend.inventory(), model))
                        .forEach(model -> rows.add(model.row()));
            }
        }
        rows.sort(Comparator.comparing((ObjectNode row) -> time(row, "expires_at"))
                .reversed());
        return rows(rows);
    }

    private boolean isShown(Inventory inventory, Inventory.Loaded model) {
        return ModelName.parse(model.key())
                .filter(shown)
                .filter(name -> remotes || !inventory.remote(name))
                .isPresent();
    }

    /** {@code /v1/models}; {@code data} is null when there is none, as in Ollama. */
    public String v1Models() {
        return remembered().v1Models;
    }

    private static String v1Models(List<ObjectNode> rows) {
        StringBuilder out = new StringBuilder("{\"object\":\"list\",\"data\":");
        if (rows.isEmpty()) {
            return out.append("null}\n").toString();
        }
        char separator = '[';
        for (ObjectNode row : rows) {
            out.append(separator);
            String name = row.path("name").asString("");
            v1Row(name, name, row, out);
            separator = ',';
        }
        return out.append("]}\n").toString();
    }

    /** The installed model of that name that the listings show; null when no host has it. */
    public Inventory.@Nullable Installed find(ModelName name) {
        return remembered().models.get(name.key());
    }

    /** The cloud's model that the listings show under that name, which is no alias; null when they show none, or a host's. */
    public @Nullable CloudModel cloud(ModelName name) {
        CloudModel model = clouds.get(name);
        return model != null && model.installed().equals(find(name)) ? model : null;
    }

    /** {@code /v1/models/NAME}: echoes the name as sent; null when nobody has the model. */
    public @Nullable String v1Model(String asked, ModelName name) {
        Inventory.Installed found = find(name);
        if (found == null) {
            return null;
        }
        StringBuilder out = new StringBuilder();
        v1Row(asked, found.spelling(), found.row(), out);
        return out.append('\n').toString();
    }

    private static void v1Row(String id, String name, ObjectNode row, StringBuilder out) {
        String[] parts = name.split("/", -1);
        String namespace = parts.length > 1 ? parts[parts.length - 2] : "library";
        out.append("{\"id\":");
        Json.quote(id, out);
        out.append(",\"object\":\"model\",\"created\":")
                .append(time(row, "modified_at").toEpochSecond())
                .append(",\"owned_by\":");
        Json.quote(namespace, out);
        out.append('}');
    }

    private static List<ObjectNode> sorted(Map<String, Inventory.Installed> models) {
        List<ObjectNode> rows = new ArrayList<>();
        models.values().forEach(model -> rows.add(model.row()));
        rows.sort(Comparator.comparing((ObjectNode row) -> time(row, "modified_at"))
                .reversed()
                .thenComparing(row -> row.path("name").asString("")));
        return rows;
    }

    private Map<String, Inventory.Installed> byKey(List<Inventory> inventories) {
        Map<String, Inventory.Installed> result = new LinkedHashMap<>();
        for (Inventory inventory : inventories) {
            if (inventory.installed() != null) {
                inventory.installed().forEach((key, model) -> {
                    if (remotes || !model.remote()) {
                        result.merge(key, model, FleetListing::newer);
                    }
                });
            }
        }
        clouds.values().forEach(cloud -> result.putIfAbsent(cloud.name().key(), cloud.installed()));
        aliases.forEach((alias, model) -> {
            Inventory.Installed found = result.get(model.key());
            if (found != null) {
                result.put(alias.key(), called(alias, found));
            }
        });
        result.values().removeIf(model -> !shown.test(model.name()));
        return result;
    }

    /** The row of a model under another name; a model of that name that a host has is hidden by it. */
    private static Inventory.Installed called(ModelName alias, Inventory.Installed model) {
        String name = alias.shortest();
        ObjectNode row = model.row().deepCopy().put("name", name).put("model", name);
        return new Inventory.Installed(model.name(), name, row);
    }

    private static Inventory.Installed newer(Inventory.Installed one, Inventory.Installed other) {
        return time(other.row(), "modified_at").isAfter(time(one.row(), "modified_at")) ? other : one;
    }

    private static OffsetDateTime time(JsonNode row, String key) {
        return time(row.path(key).asString(""));
    }

    /** A time as hosts write it; Go's zero time for what is none. */
    static OffsetDateTime time(String text) {
        try {
            return OffsetDateTime.parse(text);
        } catch (DateTimeParseException e) {
            return NO_TIME;
        }
    }

    private static String rows(List<ObjectNode> rows) {
        StringBuilder out = new StringBuilder("{\"models\":[");
        for (int i = 0; i < rows.size(); i++) {
            out.append(i == 0 ? "" : ",");
            Json.write(rows.get(i), out);
        }
        return out.append("]}").toString();
    }
}

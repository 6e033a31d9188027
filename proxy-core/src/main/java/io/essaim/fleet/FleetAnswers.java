package io.essaim.fleet;

import io.essaim.api.Json;
import io.essaim.model.ModelName;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The answers that come from what is known of the fleet, as one Ollama would give them. They are right also with every
 * host down: the last known models stay listed. Any thread.
 */
public final class FleetAnswers {
    /** What is said while no host's version is known: the least that strict clients accept. */
    private static final String NO_VERSION = "0.12.0";

    private static final Pattern VERSION = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9}){0,3}(-[0-9A-Za-z.-]{1,40})?");

    /** Go's zero time, what Ollama shows when it knows none. */
    private static final OffsetDateTime NO_TIME = OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    private final Fleet fleet;

    public FleetAnswers(Fleet fleet) {
        this.fleet = fleet;
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
                .min(Comparator.comparing(FleetAnswers::sortKey));
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
        return rows(merged());
    }

    /** {@code /api/ps}: one row per loaded model and host, the longest-lived first. */
    public String ps() {
        List<ObjectNode> rows = new ArrayList<>();
        for (Backend backend : fleet.ollamas()) {
            List<Inventory.Loaded> loaded = backend.inventory().loaded();
            if (loaded != null) {
                loaded.forEach(model -> rows.add(model.row()));
            }
        }
        rows.sort(Comparator.comparing((ObjectNode row) -> time(row, "expires_at"))
                .reversed());
        return rows(rows);
    }

    /** {@code /v1/models}; {@code data} is null when there is none, as in Ollama. */
    public String v1Models() {
        StringBuilder out = new StringBuilder("{\"object\":\"list\",\"data\":");
        List<ObjectNode> rows = merged();
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

    /** {@code /v1/models/NAME}: echoes the name as sent; null when nobody has it. */
    public @Nullable String v1Model(String asked) {
        ModelName name = ModelName.parse(asked).orElse(null);
        if (name == null) {
            return null;
        }
        Inventory.Installed found = byKey().get(name.key());
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

    private List<ObjectNode> merged() {
        List<ObjectNode> rows = new ArrayList<>();
        byKey().values().forEach(model -> rows.add(model.row()));
        rows.sort(Comparator.comparing((ObjectNode row) -> time(row, "modified_at"))
                .reversed()
                .thenComparing(row -> row.path("name").asString("")));
        return rows;
    }

    private Map<String, Inventory.Installed> byKey() {
        Map<String, Inventory.Installed> result = new LinkedHashMap<>();
        for (Backend backend : fleet.ollamas()) {
            Map<String, Inventory.Installed> installed = backend.inventory().installed();
            if (installed != null) {
                installed.forEach((key, model) -> result.merge(key, model, FleetAnswers::newer));
            }
        }
        return result;
    }

    private static Inventory.Installed newer(Inventory.Installed one, Inventory.Installed other) {
        return time(other.row(), "modified_at").isAfter(time(one.row(), "modified_at")) ? other : one;
    }

    private static OffsetDateTime time(JsonNode row, String key) {
        try {
            return OffsetDateTime.parse(row.path(key).asString(""));
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

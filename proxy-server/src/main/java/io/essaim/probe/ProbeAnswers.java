package io.essaim.probe;

import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads the answers of {@code /api/version}, {@code /api/tags} and {@code /api/ps}. Whatever is not as expected is null. Any thread. */
public final class ProbeAnswers {
    private static final JsonMapper JSON = new JsonMapper();

    private ProbeAnswers() {}

    static @Nullable String version(byte[] body) {
        JsonNode tree = tree(body);
        String version = tree == null ? null : tree.path("version").asString(null);
        return version == null || version.isBlank() ? null : version;
    }

    /** The installed models by {@link ModelName#key()}, in the host's order. */
    public static @Nullable Map<String, Inventory.Installed> installed(byte[] body) {
        List<ObjectNode> rows = rows(body);
        if (rows == null) {
            return null;
        }
        Map<String, Inventory.Installed> result = new LinkedHashMap<>();
        for (ObjectNode row : rows) {
            String spelling = row.path("name").asString("");
            ModelName.parse(spelling)
                    .ifPresent(name -> result.put(name.key(), new Inventory.Installed(name, spelling, row)));
        }
        return result;
    }

    /** The loaded models in the host's order. */
    public static @Nullable List<Inventory.Loaded> loaded(byte[] body) {
        List<ObjectNode> rows = rows(body);
        if (rows == null) {
            return null;
        }
        List<Inventory.Loaded> result = new ArrayList<>();
        for (ObjectNode row : rows) {
            ModelName.parse(row.path("name").asString(""))
                    .ifPresent(name -> result.add(new Inventory.Loaded(name.key(), row)));
        }
        return result;
    }

    private static @Nullable List<ObjectNode> rows(byte[] body) {
        JsonNode tree = tree(body);
        if (tree == null || !tree.path("models").isArray()) {
            return null;
        }
        List<ObjectNode> rows = new ArrayList<>();
        for (JsonNode row : tree.path("models")) {
            if (row instanceof ObjectNode object) {
                rows.add(object);
            }
        }
        return rows;
    }

    private static @Nullable JsonNode tree(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            return null;
        }
    }
}

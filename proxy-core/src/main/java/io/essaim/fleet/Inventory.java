package io.essaim.fleet;

import io.essaim.model.ModelName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The models that a backend reported: the answers of {@code /api/tags} and {@code /api/ps}. Immutable.
 *
 * @param version the answer of {@code /api/version}; null while unknown
 * @param installed the installed models by {@link ModelName#key()}; null while unknown
 * @param loaded the loaded models, rows of {@code /api/ps}; null while unknown
 * @param loadedAt ticker nanoseconds at which {@code loaded} was read
 */
public record Inventory(
        @Nullable String version,
        @Nullable Map<String, Installed> installed,
        @Nullable List<Loaded> loaded,
        long loadedAt) {

    /** Nothing is known yet. */
    public static final Inventory UNKNOWN = new Inventory(null, null, null, 0);

    /**
     * An installed model.
     *
     * @param name the parsed name
     * @param spelling the host's own spelling, as Ollama shows it, always with a tag
     * @param row the row of {@code /api/tags} as it was
     * @param remote whether the host has no weights of it, and hands every prompt on to where they are
     */
    public record Installed(ModelName name, String spelling, ObjectNode row, boolean remote) {
        public Installed(ModelName name, String spelling, ObjectNode row) {
            this(name, spelling, row, name.namesCloud() || says(row, "remote_host") || says(row, "remote_model"));
        }

        private static boolean says(ObjectNode row, String key) {
            return row.hasNonNull(key) && !row.path(key).asString("").isEmpty();
        }
    }

    /**
     * A loaded model.
     *
     * @param key of its name
     * @param row the row of {@code /api/ps} as it was
     * @param context tokens that it runs with; 0 when the host does not say
     * @param bytes that it takes; 0 when the host does not say
     */
    public record Loaded(String key, ObjectNode row, int context, long bytes) {
        public Loaded(String key, ObjectNode row) {
            this(key, row, row.path("context_length").asInt(0), row.path("size").asLong(0));
        }
    }

    public Inventory withVersion(String newVersion) {
        return new Inventory(newVersion, installed, loaded, loadedAt);
    }

    public Inventory withInstalled(Map<String, Installed> models) {
        return new Inventory(version, Map.copyOf(models), loaded, loadedAt);
    }

    public Inventory withLoaded(List<Loaded> models, long now) {
        return new Inventory(version, installed, List.copyOf(models), now);
    }

    /** Whether the models of the host are known. */
    public boolean known() {
        return installed != null;
    }

    /** The installed model of that name in any case, or null. */
    public @Nullable Installed find(ModelName name) {
        return installed == null ? null : installed.get(name.key());
    }

    /** Whether the host would hand a prompt for the model on to somewhere else, as far as is known. */
    public boolean remote(ModelName name) {
        Installed found = find(name);
        return found == null ? name.namesCloud() : found.remote();
    }

    /** Size of an installed model as the host says, in bytes; 0 while it does not. */
    public long bytes(ModelName name) {
        Installed found = find(name);
        return found == null ? 0 : found.row().path("size").asLong(0);
    }

    /** Bytes that the loaded models take, as the host says; 0 while it does not. */
    long loadedBytes() {
        long sum = 0;
        for (Loaded model : loaded == null ? List.<Loaded>of() : loaded) {
            sum += model.bytes();
        }
        return sum;
    }

    /** The context that a loaded model runs with, in tokens; 0 when it is not listed or the host does not say. */
    int context(String key) {
        if (loaded != null) {
            for (Loaded model : loaded) {
                if (model.key().equals(key)) {
                    return model.context();
                }
            }
        }
        return 0;
    }

    /** Keys of the models that were in memory and are not any more. */
    List<String> unloadedSince(Inventory before) {
        if (loaded == before.loaded || loaded == null || before.loaded == null) {
            return List.of();
        }
        return before.loaded.stream()
                .map(Loaded::key)
                .filter(key -> !lists(key))
                .toList();
    }

    boolean lists(String key) {
        if (loaded != null) {
            for (Loaded model : loaded) {
                if (model.key().equals(key)) {
                    return true;
                }
            }
        }
        return false;
    }
}

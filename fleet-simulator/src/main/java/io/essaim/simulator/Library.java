package io.essaim.simulator;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The models and blobs on a host's disk. Lives on the event loop of the host. */
final class Library {
    private static final Instant NEWEST = Instant.parse("2026-02-02T07:48:00.343456745Z");

    private final Map<String, StoredModel> models = new LinkedHashMap<>();
    private final Map<String, Blob> blobs = new HashMap<>();

    /** An uploaded file; of its content only what later calls look at is kept. */
    record Blob(long size, boolean gguf) {}

    Library(List<ModelSpec> specs) {
        for (int i = 0; i < specs.size(); i++) {
            ModelSpec spec = specs.get(i);
            StoredModel model = StoredModel.of(spec, NEWEST.minusSeconds(86_413L * i));
            models.put(model.name().full(), model);
            blobs.put("sha256:" + model.weights(), new Blob(spec.size(), true));
        }
    }

    /** Newest first, as {@code /api/tags} lists them. */
    List<StoredModel> all() {
        List<StoredModel> list = new ArrayList<>(models.values());
        list.sort(Comparator.comparing(StoredModel::modifiedAt).reversed());
        return list;
    }

    /** By the name as written: chat, {@code /api/embeddings} and what is built on them mind the case on 0.15.2. */
    @Nullable
    StoredModel exact(ModelName name) {
        return models.get(name.full());
    }

    /** By the name in any case. */
    @Nullable
    StoredModel folded(ModelName name) {
        StoredModel exact = exact(name);
        if (exact != null) {
            return exact;
        }
        for (StoredModel model : models.values()) {
            if (model.name().foldedKey().equals(name.foldedKey())) {
                return model;
            }
        }
        return null;
    }

    void put(StoredModel model) {
        models.put(model.name().full(), model);
        blobs.putIfAbsent("sha256:" + model.weights(), new Blob(model.spec().size(), true));
    }

    void remove(StoredModel model) {
        models.remove(model.name().full());
    }

    @Nullable
    Blob blob(String digest) {
        return blobs.get(digest.replaceFirst("^sha256-", "sha256:"));
    }

    void putBlob(String digest, Blob blob) {
        blobs.put(digest, blob);
    }
}

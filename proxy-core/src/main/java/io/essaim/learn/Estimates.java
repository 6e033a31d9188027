package io.essaim.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All estimates of a fleet. One per process, or per simulated proxy. It outlives a change of the rules: a backend is
 * known by its name and URL.
 *
 * <p>Any thread.
 */
public final class Estimates {
    private static final int MOST_HABITS = 2048;

    private final CostTerms terms;
    private final ConcurrentHashMap<String, BackendEstimates> backends = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, ModelStatistics> habits = new ConcurrentHashMap<>();

    /** What was restored and not asked for yet, by backend and model. */
    private final ConcurrentHashMap<Place, Restored> restored = new ConcurrentHashMap<>();

    private record Place(String backend, String model) {}

    private record Restored(EstimateSnapshot.Model learned, long then) {}

    public Estimates(CostTerms terms) {
        this.terms = terms;
    }

    /** What is known of the backend of that name; made on first use. */
    public BackendEstimates backend(String name) {
        return backends.computeIfAbsent(name, n -> new BackendEstimates(n, this));
    }

    /** What is the same wherever the model of that name runs; made on first use. */
    public ModelStatistics habits(String model) {
        ModelStatistics known = habits.get(model);
        if (known != null) {
            return known;
        }
        if (habits.size() >= MOST_HABITS) { // Names come from clients.
            habits.values().removeIf(ModelStatistics::blank);
        }
        return habits.computeIfAbsent(model, m -> new ModelStatistics());
    }

    ModelEstimates begin(BackendEstimates backend, String model, Prior prior) {
        ModelEstimates fresh = new ModelEstimates(backend, habits(model), terms, prior);
        Restored saved = restored.remove(new Place(backend.name(), model));
        if (saved != null) {
            fresh.restore(saved.learned(), saved.then());
        }
        return fresh;
    }

    /** Everything learned, to be kept over a restart. */
    public EstimateSnapshot snapshot(long now) {
        List<EstimateSnapshot.Habits> ofModels = new ArrayList<>();
        new TreeMap<>(habits).forEach((model, known) -> {
            if (!known.blank()) {
                ofModels.add(known.snapshot(model, now));
            }
        });
        Map<String, List<EstimateSnapshot.Model>> ofBackends = new TreeMap<>();
        restored.forEach((place, saved) -> ofBackends
                .computeIfAbsent(place.backend(), b -> new ArrayList<>())
                .add(saved.learned()));
        backends.forEach((name, backend) -> {
            List<EstimateSnapshot.Model> learned = backend.snapshot(now);
            if (!learned.isEmpty()) {
                ofBackends.computeIfAbsent(name, b -> new ArrayList<>()).addAll(learned);
            }
        });
        List<EstimateSnapshot.Backend> all = new ArrayList<>();
        ofBackends.forEach((name, models) ->
                all.add(new EstimateSnapshot.Backend(name, backend(name).crowdingShare(), models)));
        return new EstimateSnapshot(EstimateSnapshot.VERSION, ofModels, all);
    }

    /**
     * Takes up what was learned before a restart; at the start, before any request. What was learned since is not touched.
     *
     * @param ageNanos how old the snapshot is: it is believed accordingly
     */
    public void restore(EstimateSnapshot snapshot, long ageNanos, long now) {
        long then = now - Math.max(0, ageNanos);
        for (EstimateSnapshot.Habits saved : snapshot.habits()) {
            ModelStatistics known = habits(saved.model());
            if (known.blank()) {
                known.restore(saved, then);
            }
        }
        for (EstimateSnapshot.Backend backend : snapshot.backends()) {
            backend(backend.name()).restore(backend.crowding());
            for (EstimateSnapshot.Model model : backend.models()) {
                restored.put(new Place(backend.name(), model.model()), new Restored(model, then));
            }
        }
    }
}

package io.essaim.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The estimates of one backend: its models, and what runs there. This object is the lock of all of them, because the
 * models share one machine. Any thread.
 */
public final class BackendEstimates {
    private static final int MOST_MODELS = 512;

    final ConcurrencySlowdown crowding = new ConcurrencySlowdown();
    final ActiveGenerations running = new ActiveGenerations(crowding);
    final HiddenQueue hidden = new HiddenQueue();

    /** How many times slower its models were seen to write than was believed beforehand. */
    final LogMean drift = new LogMean(1);

    /** Requests of all its models together that are sent at once. */
    int inAll = Integer.MAX_VALUE;

    private final String name;
    private final Estimates estimates;
    private final ConcurrentHashMap<String, ModelEstimates> models = new ConcurrentHashMap<>();

    BackendEstimates(String name, Estimates estimates) {
        this.name = name;
        this.estimates = estimates;
    }

    /** No more than so many requests are sent at once, of all models together; 0 for no bound. */
    public void bound(int requests) {
        synchronized (this) {
            inAll = requests == 0 ? Integer.MAX_VALUE : requests;
        }
    }

    /**
     * The estimates of a model here; made on first use.
     *
     * @param model one spelling per model, such as {@code ModelName.key()}
     * @param prior where they begin when nothing is known of the model here
     */
    public ModelEstimates model(String model, Supplier<Prior> prior) {
        ModelEstimates known = models.get(model);
        if (known != null) {
            return known;
        }
        if (models.size() >= MOST_MODELS) { // Names come from clients.
            models.values().removeIf(ModelEstimates::blank);
        }
        return models.computeIfAbsent(model, key -> estimates.begin(this, key, prior.get()));
    }

    /** One model was found to have become so many times slower at writing; most likely the machine has. Under the lock of this. */
    void slowed(ModelEstimates found, double factor) {
        for (ModelEstimates model : models.values()) {
            if (model != found) {
                model.slowed(factor);
            }
        }
        drift.scale(factor);
    }

    String name() {
        return name;
    }

    /** Requests under way, of all models. */
    int inFlight() {
        synchronized (this) {
            return running.size();
        }
    }

    /** Seconds that requests wait inside at this moment for reasons other than what was sent from here. */
    double foreignWaitSeconds(long now) {
        synchronized (this) {
            return hidden.seconds(now);
        }
    }

    double crowdingShare() {
        synchronized (this) {
            return crowding.share();
        }
    }

    void restore(double savedCrowding) {
        synchronized (this) {
            crowding.restore(savedCrowding);
        }
    }

    List<EstimateSnapshot.Model> snapshot(long now) {
        List<EstimateSnapshot.Model> learned = new ArrayList<>();
        new TreeMap<>(models).forEach((key, model) -> {
            if (!model.blank()) {
                learned.add(model.snapshot(key, now));
            }
        });
        return learned;
    }
}

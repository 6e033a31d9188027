package io.essaim.fleet;

import io.essaim.config.BackendRule;
import io.essaim.config.SpeedRule;
import io.essaim.learn.BackendClass;
import io.essaim.learn.BackendEstimates;
import io.essaim.learn.Prior;
import io.essaim.model.ModelName;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The requested models of one backend. Each begins with the estimates of the rules, or of the class of the backend.
 * Any thread.
 */
final class ModelStates {
    private static final int MOST_MODELS = 512;

    private volatile BackendRule rule;
    private final BackendEstimates estimates;
    private final ConcurrentHashMap<String, ModelState> states = new ConcurrentHashMap<>();

    ModelStates(BackendRule rule, BackendEstimates estimates) {
        this.rule = rule;
        this.estimates = estimates;
        estimates.bound(rule.slots().inAll());
    }

    /** The rules say something else of the backend now. What was learned stays; slots that they give hold at once. */
    void adopt(BackendRule newRule) {
        rule = newRule;
        estimates.bound(newRule.slots().inAll());
        states.values()
                .forEach(state -> state.estimates().giveSlots(newRule.slots().perModel()));
    }

    /** How a model stands; made on first use, for which the inventory tells its size. */
    ModelState of(ModelName model, Inventory inventory) {
        ModelState known = states.get(model.key());
        if (known != null) {
            return known;
        }
        if (states.size() >= MOST_MODELS) { // Names come from clients.
            states.values().removeIf(ModelState::blank);
        }
        return states.computeIfAbsent(
                model.key(), key -> new ModelState(estimates.model(key, () -> prior(inventory.bytes(model)))));
    }

    /** How a model stands, if somebody asked for it; else null. */
    @Nullable
    ModelState known(String key) {
        return states.get(key);
    }

    /** These are in memory no more. */
    void unloaded(List<String> keys) {
        for (String key : keys) {
            ModelState state = states.get(key);
            if (state != null) {
                state.replaced();
            }
        }
    }

    Map<String, ModelState> all() {
        return Collections.unmodifiableMap(states);
    }

    private Prior prior(long modelBytes) {
        BackendRule now = rule;
        SpeedRule speed = now.speed();
        Prior prior = kind(now).prior(modelBytes);
        if (speed.tokensPerSecond() > 0) {
            prior = prior.withTokensPerSecond(speed.tokensPerSecond());
        }
        if (speed.promptTokensPerSecond() > 0) {
            prior = prior.withPromptTokensPerSecond(speed.promptTokensPerSecond());
        }
        int slots = now.slots().perModel();
        return slots > 0 ? prior.withSlots(slots) : prior;
    }

    private static BackendClass kind(BackendRule rule) {
        SpeedRule.@Nullable Machine machine = rule.speed().machine();
        if (machine == null) {
            return rule.zone().startsWith("cloud") ? BackendClass.CLOUD : BackendClass.CPU_SERVER;
        }
        return switch (machine) {
            case SMALL_BOARD -> BackendClass.SMALL_BOARD;
            case CPU -> BackendClass.CPU_SERVER;
            case GPU -> BackendClass.GPU;
            case CLOUD -> BackendClass.CLOUD;
        };
    }
}

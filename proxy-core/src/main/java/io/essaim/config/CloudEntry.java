package io.essaim.config;

import io.essaim.model.ModelName;
import java.util.Optional;

/**
 * One cloud that an agent may fall back to.
 *
 * @param backend name of a backend of a cloud's dialect
 * @param model the model to ask it for, in that cloud's own naming
 * @param context what clients are told that the model can read and write at once, in tokens, 1 to 16777216
 */
public record CloudEntry(String backend, String model, int context) {
    /** Of the models that clouds sell, hardly one has less. */
    static final int DEFAULT_CONTEXT = 32768;

    static final int MOST_CONTEXT = 1 << 24;

    /**
     * What the model is called here: as the cloud calls it, or where that is no name that an Ollama could have, what stands behind
     * its last slash. Empty where that is none either; such a model cannot be asked for by name.
     */
    public Optional<ModelName> name() {
        return ModelName.parse(model).or(() -> ModelName.parse(model.substring(model.lastIndexOf('/') + 1)));
    }

    /** Whether a client that names this model means this one. */
    public boolean isCalled(ModelName asked) {
        return name().filter(asked::equals).isPresent();
    }
}

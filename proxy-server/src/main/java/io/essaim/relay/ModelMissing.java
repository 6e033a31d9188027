package io.essaim.relay;

import io.essaim.api.Operation;

/** Ollama's wordings for a model that is not there (0.15.2: chat, generate and show quote one way, embeddings another). */
final class ModelMissing {
    private ModelMissing() {}

    /** The sentence for a model that no backend has; {@code asked} is echoed as sent. */
    static String text(Operation operation, String asked) {
        return switch (operation) {
            case EMBED, EMBEDDINGS, V1_EMBEDDINGS -> "model \"" + asked + "\" not found, try pulling it first";
            default -> "model '" + asked + "' not found";
        };
    }
}

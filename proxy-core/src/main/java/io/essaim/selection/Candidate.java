package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.model.ModelName;

/**
 * A backend that the rules allow for a request.
 *
 * @param backend where
 * @param model the model that it would run there; another one than was asked for when the tier says so
 * @param renamed whether the tier names another model than was asked for
 */
public record Candidate(Backend backend, ModelName model, boolean renamed) {
    /** Whether the host itself would send a prompt away, to a cloud. */
    public boolean remote() {
        return backend.remote(model);
    }
}

package io.essaim.choose;

import io.essaim.model.ModelName;
import java.util.List;

/**
 * The ordered tiers of candidates for one request. Tiers without a candidate do not occur; an empty plan means that no
 * route matches the model.
 *
 * @param model what was asked for
 * @param tiers most wanted first
 */
public record Plan(ModelName model, List<List<Candidate>> tiers) {

    /** Whether the rules know nothing to do with the model. */
    public boolean isEmpty() {
        return tiers.isEmpty();
    }
}

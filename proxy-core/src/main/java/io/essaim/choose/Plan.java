package io.essaim.choose;

import io.essaim.model.ModelName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ordered tiers of candidates for one request. Tiers without a candidate do not occur; an empty plan means that no
 * route matches the model.
 *
 * @param model what was asked for
 * @param tiers most wanted first
 * @param asked the context that the client asks for, in tokens; null when it leaves that to the host
 * @param context the context that the host is to be asked for, by the rules perhaps another one
 */
public record Plan(
        ModelName model,
        List<List<Candidate>> tiers,
        @Nullable Integer asked,
        @Nullable Integer context) {

    /** Whether the rules know nothing to do with the model. */
    public boolean isEmpty() {
        return tiers.isEmpty();
    }
}

package io.essaim.selection;

import io.essaim.fleet.Lease;
import io.essaim.learn.RequestSize;
import org.jspecify.annotations.Nullable;

/**
 * A small request of Essaim's own to a model that is in memory anyway. It measures the model's speed there before a
 * client's request does.
 *
 * @param candidate backend and model
 * @param context the context to ask for, which the model runs with; null where that is not known, for the host's own
 * @param lease to be ended exactly once
 */
public record Canary(Candidate candidate, @Nullable Integer context, Lease lease) {
    /** Long enough to tell how fast the host reads. */
    public static final int PROMPT_TOKENS = 64;

    /** Long enough to tell how fast it writes. */
    public static final int ANSWER_TOKENS = 20;

    static final RequestSize DEMAND = new RequestSize(0, PROMPT_TOKENS, ANSWER_TOKENS, true, true);
}

package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.learn.Prediction;
import java.util.List;

/**
 * What a waiting request can expect of the backends it would wait for: those of the first tier of which one is alive
 * and may have the model.
 *
 * @param slots that they have together, at least 1
 * @param seconds that this answer would hold one of them, as predicted; 5 where nothing was learned
 */
public record WaitForecast(int slots, double seconds) {
    private static final double UNKNOWN_SECONDS = 5;

    /** What can be expected now. */
    public static WaitForecast of(Plan plan, PromptEstimate prompt) {
        for (Tier tier : plan.tiers()) {
            int slots = 0;
            double seconds = 0;
            for (Candidate candidate : tier.look(List.of(), now(tier))) {
                if (Eligibility.possible(candidate)) {
                    Backend backend = candidate.backend();
                    int here = backend.slots(candidate.model());
                    Prediction expected = prompt.predict(candidate, plan.context(), backend.now());
                    slots += here;
                    seconds += here * (expected.measured() ? expected.runSeconds() : UNKNOWN_SECONDS);
                }
            }
            if (slots > 0) {
                int all = tier.large() ? tier.sampling().slots(now(tier)) : slots;
                return new WaitForecast(Math.max(slots, all), seconds / slots);
            }
        }
        return new WaitForecast(1, UNKNOWN_SECONDS);
    }

    private static long now(Tier tier) {
        return tier.candidates().get(0).backend().now();
    }
}

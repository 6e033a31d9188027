package io.essaim.choose;

import io.essaim.fleet.ModelTimes;
import java.util.List;

/**
 * What a request that has to wait can expect of the backends it would wait for: those of the first tier of which one is alive
 * and may have the model.
 *
 * @param slots that they have together, at least 1
 * @param seconds that an answer holds one of them, as learned; 5 where nothing was
 */
public record Outlook(int slots, double seconds) {
    private static final double UNKNOWN_SECONDS = 5;

    /** What can be expected now. */
    public static Outlook of(Plan plan) {
        for (List<Candidate> tier : plan.tiers()) {
            int slots = 0;
            double seconds = 0;
            for (Candidate candidate : tier) {
                if (Selector.possible(candidate)) {
                    ModelTimes times = candidate.backend().times(candidate.model());
                    int here = candidate.backend().slots();
                    double occupied = times.occupiedSeconds();
                    slots += here;
                    seconds += here * (occupied > 0 ? occupied : UNKNOWN_SECONDS);
                }
            }
            if (slots > 0) {
                return new Outlook(slots, seconds / slots);
            }
        }
        return new Outlook(1, UNKNOWN_SECONDS);
    }
}

package io.essaim.choose;

import io.essaim.choose.Choice.Considered;
import io.essaim.config.Gate;
import io.essaim.learn.Prediction;
import java.util.Objects;

/** Whether what a host is expected to do is what an agent's {@link Gate} wants. Any thread. */
final class Goodness {
    /** A host that is more likely than this to go down before the answer is whole is no good, however fast it is. */
    private static final double MOST_RISK = 0.2;

    private Goodness() {}

    /**
     * Whether it is good enough; notes on the host when it is not only because the model would have to be loaded there, so that it
     * is loaded for those who come later.
     *
     * @param chosen the best there is, with a prediction
     * @param waited seconds since the request came
     */
    static boolean enough(Plan plan, Considered chosen, double waited, long now) {
        Gate gate = plan.gate();
        if (gate == null) {
            return true;
        }
        Prediction expected = Objects.requireNonNull(chosen.prediction());
        if (chosen.risk() > MOST_RISK) {
            return false;
        }
        double ttft = waited + expected.ttftSeconds();
        if (gate.admits(ttft, expected.tpotSeconds())) {
            return true;
        }
        double load = expected.overdue() * expected.loadSeconds();
        if (load > 0 && gate.admits(ttft - load, expected.tpotSeconds())) {
            Candidate candidate = chosen.candidate();
            candidate.backend().state(candidate.model()).missed(plan.context(), now);
        }
        return false;
    }
}

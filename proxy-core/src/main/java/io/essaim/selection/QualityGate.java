package io.essaim.selection;

import io.essaim.config.Gate;
import io.essaim.fleet.Saturation;
import io.essaim.learn.Prediction;
import io.essaim.selection.Choice.Considered;
import java.util.Objects;

/**
 * Whether the prediction of a host satisfies an agent's {@link Gate}; without a gate, whether it is good enough to
 * look no further. Any thread.
 */
final class QualityGate {
    /** Seconds to the first token for which nobody looks at the next tier. */
    private static final Gate USUAL = new Gate(8, Double.POSITIVE_INFINITY);

    /** A host that is more likely than this to go down before the answer is whole is no good, however fast it is. */
    private static final double MOST_RISK = 0.2;

    private QualityGate() {}

    /**
     * Whether it is good enough.
     *
     * @param waited seconds since the request came
     */
    static boolean enough(Plan plan, Considered one, double waited) {
        return BestCandidate.possible(one) && enough(plan, one, waited, 0);
    }

    private static boolean enough(Plan plan, Considered one, double waited, double spared) {
        Prediction expected = Objects.requireNonNull(one.prediction());
        if (plan.gate() == null) {
            return USUAL.admits(expected.ttftSeconds() - spared, expected.tpotSeconds());
        }
        return one.risk() <= MOST_RISK
                && plan.gate().admits(waited + expected.ttftSeconds() - spared, expected.tpotSeconds());
    }

    /** Whether it is no good, and only because the model would have to be loaded there. */
    static boolean onlyCold(Plan plan, Considered one, double waited) {
        if (!BestCandidate.possible(one) || enough(plan, one, waited, 0)) {
            return false;
        }
        Prediction expected = Objects.requireNonNull(one.prediction());
        double load = expected.overdue() * expected.loadSeconds();
        return load > 0 && enough(plan, one, waited, load);
    }

    /**
     * Nobody is good enough. Notes on the hosts why, for those who come later: where only the model is missing it is loaded
     * ({@link Routes#wishes}), and who of the first tier has too much to do is spared what a standby can do ({@link Saturation#turnedAway}).
     */
    static void note(Plan plan, BestCandidate contest, double waited, long now) {
        for (int i = 0; i < contest.all().size(); i++) {
            Considered one = contest.get(i);
            if (onlyCold(plan, one, waited)) {
                noteCold(plan, one, now);
            } else if (contest.leads(i) && BestCandidate.possible(one)) {
                one.candidate().backend().strain().turnedAway(now);
            }
        }
    }

    static void noteCold(Plan plan, Considered one, long now) {
        Candidate candidate = one.candidate();
        candidate.backend().state(candidate.model()).missed(plan.context(), now);
    }
}

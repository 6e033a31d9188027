package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.ModelState;
import io.essaim.learn.Prediction;
import io.essaim.selection.Choice.Considered;
import io.essaim.selection.Choice.Standing;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The predicted cost of each candidate for a request, or why it cannot be taken. One choice, one thread. */
final class CandidateEvaluation {
    /** In a large tier: a backend that was never measured may be so many times better than its class or its operator says. */
    private static final double CURIOSITY = 2;

    /** A minute to the first token, while somebody else is finding out. */
    private static final double UNMEASURED_COST = 240;

    private final Plan plan;
    private final Set<Backend> tried;
    private final PromptEstimate prompt;
    private final @Nullable QueueTurn turn;
    private final long now;

    /** @param turn null when the request is sent in any case, slot or no slot */
    CandidateEvaluation(Plan plan, Set<Backend> tried, PromptEstimate prompt, @Nullable QueueTurn turn, long now) {
        this.plan = plan;
        this.tried = tried;
        this.prompt = prompt;
        this.turn = turn;
        this.now = now;
    }

    /** @param guess whether a backend that was never measured is believed to be what its class or its operator says */
    Considered of(Candidate candidate, boolean guess) {
        Backend backend = candidate.backend();
        Standing obstacle = tried.contains(backend) ? Standing.TRIED : Eligibility.obstacle(candidate, now);
        if (obstacle != null) {
            return Considered.not(candidate, obstacle);
        }
        Standing wait = waitFor(candidate);
        Prediction prediction = predict(candidate, wait);
        double risk = backend.risk(prediction.wholeSeconds(), now);
        double favour = backend.rule().weight() * backend.ramp(now) * (1 - risk);
        double cost = prediction.cost(favour);
        if (prediction.measured()) {
            return new Considered(candidate, wait == null ? Standing.MEASURED : wait, prediction, cost, risk);
        }
        boolean due = wait == null && backend.state(candidate.model()).trialDue(now);
        if (due && !guess) {
            return new Considered(candidate, Standing.TRIAL, prediction, Double.NEGATIVE_INFINITY, risk);
        }
        if (due && prediction.loadSeconds() == 0) {
            return new Considered(candidate, Standing.TRIAL, prediction, prediction.cost(favour * CURIOSITY), risk);
        }
        if (prediction.loadSeconds() == 0) {
            double share = 1 + (double) backend.inFlight() / backend.slots(candidate.model());
            cost += UNMEASURED_COST * share / favour;
        }
        return new Considered(candidate, wait == null ? Standing.UNMEASURED : wait, prediction, cost, risk);
    }

    private Prediction predict(Candidate candidate, @Nullable Standing wait) {
        Prediction prediction = prompt.predict(candidate, plan.context(), now);
        if (wait == null || turn == null) {
            return prediction;
        }
        ModelState state = candidate.backend().state(candidate.model());
        if (wait == Standing.READING) {
            return prediction.after(state.estimates().untilRead(now));
        }
        if (wait == Standing.KEPT) {
            prediction = prediction.after(state.estimates().untilOneEnds(now));
        }
        return prediction.behind(turn.ahead());
    }

    /** Why it has to be waited there; null when it has not, or the request is sent in any case. */
    private @Nullable Standing waitFor(Candidate candidate) {
        if (turn == null) {
            return null;
        }
        Backend backend = candidate.backend();
        if (!backend.hasFreeSlot(candidate.model())) {
            return Standing.FULL;
        }
        if (backend.keepsFrom(turn.caller(), candidate.model(), now)) {
            return Standing.KEPT;
        }
        ModelState state = backend.state(candidate.model());
        return plan.gate() != null && state.estimates().untilRead(now) > 0 ? Standing.READING : null;
    }
}

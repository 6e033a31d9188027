package io.essaim.selection;

import io.essaim.api.Failure;
import io.essaim.budget.BudgetDecision;
import io.essaim.fleet.Lease;
import io.essaim.learn.Prediction;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The result of the {@link Selector}: a lease on one backend, or why there is none. */
public sealed interface Choice {

    /**
     * Send it there.
     *
     * @param candidate backend and model
     * @param lease to be ended exactly once
     * @param tier index of the tier it came from
     * @param considered every candidate that was looked at for it, in the order of the plan
     */
    record Taken(Candidate candidate, Lease lease, int tier, List<Considered> considered) implements Choice {
        @Override
        public void handTo(Consumer<Choice> owner) {
            try {
                owner.accept(this);
            } catch (RuntimeException | Error e) {
                lease.end(Failure.Outcome.NEUTRAL);
                throw e;
            }
        }
    }

    /** Hands it to its owner. A lease whose owner throws is ended: he may not have got hold of it. */
    default void handTo(Consumer<Choice> owner) {
        owner.accept(this);
    }

    /**
     * A candidate, and why it was taken or not.
     *
     * @param candidate backend and model
     * @param standing whether it could be taken
     * @param prediction what was to be expected there; null when it could not be taken
     * @param cost in weighted seconds, the lowest is taken; NaN without a prediction, below all others for a trial
     * @param risk probability that the host goes down before the answer is whole, as often as it did lately; 0 without a prediction
     */
    record Considered(
            Candidate candidate,
            Standing standing,
            @Nullable Prediction prediction,
            double cost,
            double risk) {

        /** A candidate that cannot be taken. */
        static Considered not(Candidate candidate, Standing obstacle) {
            return new Considered(candidate, obstacle, null, Double.NaN, 0);
        }
    }

    /** Whether a candidate could be taken, or why not. */
    enum Standing {
        /** It was measured, and its cost counts. */
        MEASURED,
        /** It was never measured, and this request could find out. */
        TRIAL,
        /** It was never measured, and a request is measuring it: it costs more than any measured candidate. */
        UNMEASURED,
        /** This request has been there. */
        TRIED,
        DOWN,
        MODEL_MISSING,
        SATURATED,
        /** It works on as much as it can, and the request had rather wait for a slot. */
        FULL,
        /** What is free there is kept for other agents, and the request had rather wait. */
        KEPT,
        /** A prompt is read there whose first token would come too late if this one were read beside it, and the request had rather wait. */
        READING,
        /** The model could not run there a short while ago. */
        RESTING,
        BREAKER_OPEN,
        /** The breaker is letting as many in as it tries at a time. */
        BREAKER_FULL
    }

    /**
     * Nobody can take it.
     *
     * @param reason the class of the refusal
     * @param status HTTP status for the client
     * @param message one sentence for a person
     * @param retryAfterSeconds when it may be worth another try; 0 when it is not
     */
    record Refused(Reason reason, int status, String message, int retryAfterSeconds) implements Choice {
        /** Ollama's own text, with its two spaces (server/sched.go); clients match it. */
        private static final String BUSY = "server busy, please try again.  maximum pending requests exceeded";

        /** What an Ollama says when it is full. */
        public static Refused busy(Reason reason, int retryAfterSeconds) {
            return new Refused(reason, 503, BUSY, retryAfterSeconds);
        }

        /**
         * The same, which says too who of the plan would have taken it and is down: without that, a fleet that has lost its best host only
         * looks busy. The other reasons say it already, or it is not why.
         *
         * @param plan of the request
         */
        public Refused naming(Plan plan) {
            return switch (reason) {
                case SATURATED,
                        SATURATED_FOR_LONG,
                        BETTER_LATER,
                        KEPT,
                        NOT_GOOD_ENOUGH,
                        DEADLINE,
                        QUEUE_BYTES,
                        BUDGET_EXHAUSTED ->
                    new Refused(reason, status, message + RefusalReasons.missed(plan), retryAfterSeconds);
                default -> this;
            };
        }

        /**
         * Nothing local can answer, and the agent's budget for clouds has no room.
         *
         * @param currency that of the rules
         */
        public static Refused outOfBudget(BudgetDecision.Exhausted why, String currency) {
            return new Refused(Reason.BUDGET_EXHAUSTED, 429, why.message(currency), why.retryAfterSeconds());
        }
    }

    /** Classes of refusal, as they stand in {@code X-Essaim-Reason}. */
    enum Reason {
        NO_SUCH_MODEL("no_such_model"),
        NO_HEALTHY_BACKEND("no_healthy_backend"),
        /** All that could answer are full now; a slot may be free within seconds. */
        SATURATED("saturated"),
        /** All that could answer are full, and have asked to be left alone for longer than anyone should wait unknowingly. */
        SATURATED_FOR_LONG("saturated"),
        /** Those that wait for a slot are too large together. */
        QUEUE_BYTES("queue_bytes"),
        /** A slot is free, but the request had rather wait for a better one. */
        BETTER_LATER("saturated"),
        /** A slot is free, but kept for another agent: this one has its share of them. */
        KEPT("saturated"),
        /** What could answer is slower than the agent's rule wants, which has clouds for that. */
        NOT_GOOD_ENOUGH("saturated"),
        BUDGET_EXHAUSTED("budget_exhausted"),
        /** What could answer is farther away than the agent's requests may go. */
        ZONE("zone"),
        /** A larger context is asked for than the model can have. */
        CONTEXT("context"),
        /** The agent has asked too often. */
        RATE("rate"),
        /** The agent has too much under way. */
        CONCURRENCY("concurrency"),
        /** It waited too long for a slot, or would have. */
        DEADLINE("deadline"),
        ALL_FAILED("all_failed");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }
}

package io.essaim.choose;

import io.essaim.budget.Verdict;
import io.essaim.fleet.Lease;

/** The answer of the {@link Selector}: a lease on one backend, or why there is none. */
public sealed interface Choice {

    /**
     * Send it there.
     *
     * @param candidate backend and model
     * @param lease to be ended exactly once
     * @param tier index of the tier it came from
     */
    record Taken(Candidate candidate, Lease lease, int tier) implements Choice {}

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
         * Nothing local can answer, and the agent's budget for clouds has no room.
         *
         * @param currency that of the rules
         */
        public static Refused outOfBudget(Verdict.Exhausted why, String currency) {
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
        BUDGET_EXHAUSTED("budget_exhausted"),
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

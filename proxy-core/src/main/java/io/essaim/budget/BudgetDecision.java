package io.essaim.budget;

/** Whether a call of a cloud may be made. */
public sealed interface BudgetDecision {

    /**
     * Make it.
     *
     * @param reservation to be ended exactly once
     */
    record Granted(Reservation reservation) implements BudgetDecision {}

    /**
     * Stay local.
     *
     * @param agent whose budget it is
     * @param line the limit that would be passed; of several the one that opens last
     * @param needed the most that the call may use
     * @param retryAfterSeconds when it may be worth another try, at least 1; 0 when it is not, because the call needs more than the
     *     whole limit
     */
    record Exhausted(String agent, BudgetLine line, long needed, int retryAfterSeconds) implements BudgetDecision {

        /**
         * One sentence for a client, naming the budget and when it opens. Its beginning and its end are phrases on which OpenClaw goes on
         * to another model at once instead of trying again here ("daily limit reached", "try again in" more than 60 s).
         *
         * @param currency that of the rules
         */
        public String message(String currency) {
            BudgetMeasure measure = line.measure();
            String limit = measure.number(line.limit()) + " " + measure.unit(currency);
            String text = line.period().adjective() + " limit reached: this request may need " + measure.number(needed)
                    + ", and the cloud budget of agent " + agent + " for the "
                    + line.period().key() + " is " + limit;
            if (retryAfterSeconds == 0) {
                return text;
            }
            String held = line.reserved() == 0
                    ? ""
                    : " and " + measure.number(line.reserved()) + " reserved for calls under way";
            String opens = needed <= line.limit() - line.spent() ? ", or earlier when those are over" : "";
            return text + ", of which " + measure.number(line.spent()) + " spent" + held + "; it opens again at "
                    + line.opensText() + opens + ", try again in " + retryAfterSeconds + "s";
        }
    }
}

package io.essaim.budget;

/**
 * Most of a budget is spent. Reported once in a window.
 *
 * @param agent whose budget it is
 * @param line the limit
 */
public record BudgetWarning(String agent, BudgetLine line) {

    /**
     * One sentence for the log.
     *
     * @param currency that of the rules
     */
    public String message(String currency) {
        BudgetMeasure measure = line.measure();
        return "agent " + agent + " has spent " + measure.number(line.spent()) + " of the "
                + measure.number(line.limit()) + " " + measure.unit(currency) + " of its cloud budget for the "
                + line.period().key();
    }
}

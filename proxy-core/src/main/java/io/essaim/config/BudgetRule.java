package io.essaim.config;

import java.time.ZoneId;

/**
 * How much of clouds an agent may use.
 *
 * @param day from midnight to midnight
 * @param month from the first of a month to the next
 * @param zone where midnight is; default UTC
 */
public record BudgetRule(Allowance day, Allowance month, ZoneId zone) {
    /** Limits nothing. */
    public static final BudgetRule NONE = new BudgetRule(Allowance.ALL, Allowance.ALL, ZoneId.of("UTC"));

    /** What is allowed in one kind of window. */
    public Allowance allowance(Period period) {
        return period == Period.DAY ? day : month;
    }

    /** Whether anything is limited. */
    public boolean limits() {
        return !day.equals(Allowance.ALL) || !month.equals(Allowance.ALL);
    }

    /** Whether cost is limited, so that prices matter. */
    public boolean limitsCost() {
        return day.cost() != Allowance.UNLIMITED || month.cost() != Allowance.UNLIMITED;
    }
}

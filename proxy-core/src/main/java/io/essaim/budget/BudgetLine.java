package io.essaim.budget;

import io.essaim.config.Allowance;
import io.essaim.config.BudgetRule;
import io.essaim.config.Period;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * One limit and its state. Amounts are in the unit of the measure: calls, tokens, or millionths of the currency.
 *
 * @param period the window
 * @param measure what is counted
 * @param spent by calls that are over
 * @param reserved for calls under way
 * @param limit {@link Allowance#UNLIMITED} for none
 * @param forecast what will be spent at the end of the window if it goes on as it went in it so far
 * @param opens when the next window begins, in the budget's zone
 */
public record BudgetLine(
        Period period,
        BudgetMeasure measure,
        long spent,
        long reserved,
        long limit,
        long forecast,
        ZonedDateTime opens) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

    /**
     * How a budget stands: a line per limit, or per period and measure if nothing is limited.
     *
     * @param now for windows and forecast
     */
    public static List<BudgetLine> of(BudgetRule budget, Ledger ledger, Instant now) {
        Ledger present = ledger.on(LocalDate.ofInstant(now, budget.zone()));
        List<BudgetLine> lines = new ArrayList<>();
        for (Period period : Period.values()) {
            for (BudgetMeasure measure : BudgetMeasure.values()) {
                if (measure.in(budget.allowance(period)) != Allowance.UNLIMITED || !budget.limits()) {
                    lines.add(of(budget, period, measure, present.window(period), now));
                }
            }
        }
        return lines;
    }

    static BudgetLine of(BudgetRule budget, Period period, BudgetMeasure measure, BudgetWindow window, Instant now) {
        Instant start = window.start().atStartOfDay(budget.zone()).toInstant();
        ZonedDateTime opens = period.after(window.start()).atStartOfDay(budget.zone());
        long spent = measure.in(window.spent());
        double soFar = Math.max(1, Duration.between(start, now).toSeconds());
        double share = soFar / Duration.between(start, opens).toSeconds();
        return new BudgetLine(
                period,
                measure,
                spent,
                measure.in(window.reserved()),
                measure.in(budget.allowance(period)),
                Math.round(spent / Math.min(1, share)),
                opens);
    }

    /** What is neither spent nor reserved, at least 0; {@link Allowance#UNLIMITED} without a limit. */
    public long left() {
        return limit == Allowance.UNLIMITED ? limit : Math.max(0, limit - spent - reserved);
    }

    /** Whether 80 % of the limit is spent. */
    boolean mostlySpent() {
        return limit != Allowance.UNLIMITED && spent >= limit - limit / 5;
    }

    /** When the next window begins: {@code 2026-11-24 00:00 Europe/Paris}. */
    public String opensText() {
        return TIME.format(opens) + " " + opens.getZone();
    }
}

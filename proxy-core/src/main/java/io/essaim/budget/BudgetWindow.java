package io.essaim.budget;

import io.essaim.config.Period;
import java.time.LocalDate;

/**
 * What was used in one day or month.
 *
 * <p>Clocks are set back, for a second at midnight or for months at the start of a computer without a battery. Such a step must not
 * open a budget again, and a clock that was wrong by years must not close one for years. So a window goes back with the clock and
 * keeps its counts, and keeps them too when the clock returns to the day that they were begun on; any other step forward begins anew.
 *
 * @param start the first day of the window
 * @param begun the first day of the window that the counts were begun for, {@code start} unless the clock was set back
 * @param number grows with each new beginning, so that a call is settled where it was reserved or nowhere
 * @param spent by calls that are over
 * @param reserved for calls under way, the most that they may use
 * @param warned whether it was said that most is spent
 */
public record BudgetWindow(
        LocalDate start, LocalDate begun, long number, CloudUsage spent, CloudUsage reserved, boolean warned) {
    static final BudgetWindow NEVER =
            new BudgetWindow(LocalDate.EPOCH, LocalDate.EPOCH, 0, CloudUsage.NONE, CloudUsage.NONE, false);

    /** This window as it stands on a day. */
    BudgetWindow on(Period period, LocalDate today) {
        LocalDate present = period.startOf(today);
        if (present.equals(start)) {
            return this;
        }
        if (present.isBefore(start) || present.equals(begun)) {
            return new BudgetWindow(present, begun, number, spent, reserved, warned);
        }
        return new BudgetWindow(present, present, number + 1, CloudUsage.NONE, CloudUsage.NONE, false);
    }

    CloudUsage used() {
        return spent.plus(reserved);
    }

    BudgetWindow reserve(CloudUsage most) {
        return new BudgetWindow(start, begun, number, spent, reserved.plus(most), warned);
    }

    BudgetWindow settle(CloudUsage most, CloudUsage used) {
        return new BudgetWindow(start, begun, number, spent.plus(used), reserved.minus(most), warned);
    }

    BudgetWindow withWarning() {
        return new BudgetWindow(start, begun, number, spent, reserved, true);
    }

    BudgetWindow reservedIsSpent() {
        return new BudgetWindow(start, begun, number, used(), CloudUsage.NONE, warned);
    }
}

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
public record Window(LocalDate start, LocalDate begun, long number, Amounts spent, Amounts reserved, boolean warned) {
    static final Window NEVER = new Window(LocalDate.EPOCH, LocalDate.EPOCH, 0, Amounts.NONE, Amounts.NONE, false);

    /** This window as it stands on a day. */
    Window on(Period period, LocalDate today) {
        LocalDate present = period.startOf(today);
        if (present.equals(start)) {
            return this;
        }
        if (present.isBefore(start) || present.equals(begun)) {
            return new Window(present, begun, number, spent, reserved, warned);
        }
        return new Window(present, present, number + 1, Amounts.NONE, Amounts.NONE, false);
    }

    Amounts used() {
        return spent.plus(reserved);
    }

    Window reserve(Amounts most) {
        return new Window(start, begun, number, spent, reserved.plus(most), warned);
    }

    Window settle(Amounts most, Amounts used) {
        return new Window(start, begun, number, spent.plus(used), reserved.minus(most), warned);
    }

    Window withWarning() {
        return new Window(start, begun, number, spent, reserved, true);
    }

    Window reservedIsSpent() {
        return new Window(start, begun, number, used(), Amounts.NONE, warned);
    }
}

package io.essaim.budget;

import io.essaim.config.Period;
import java.time.LocalDate;

/** What one agent has used of clouds: the present day and the present month. Immutable. */
public record Ledger(BudgetWindow day, BudgetWindow month) {
    /** Of an agent that never used any. */
    public static final Ledger EMPTY = new Ledger(BudgetWindow.NEVER, BudgetWindow.NEVER);

    BudgetWindow window(Period period) {
        return period == Period.DAY ? day : month;
    }

    Ledger with(Period period, BudgetWindow window) {
        return period == Period.DAY ? new Ledger(window, month) : new Ledger(day, window);
    }

    /** The ledger as it stands on a day. */
    Ledger on(LocalDate today) {
        return new Ledger(day.on(Period.DAY, today), month.on(Period.MONTH, today));
    }

    Ledger reserve(CloudUsage most) {
        return new Ledger(day.reserve(most), month.reserve(most));
    }

    /** The same when the process that had made reservations is gone: its calls count as if they had used all they might. */
    public Ledger reservedIsSpent() {
        return new Ledger(day.reservedIsSpent(), month.reservedIsSpent());
    }
}

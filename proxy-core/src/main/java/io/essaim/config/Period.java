package io.essaim.config;

import java.time.LocalDate;

/** The windows that a budget counts in: whole days and whole months of the calendar. */
public enum Period {
    DAY("day", "daily"),
    MONTH("month", "monthly");

    private final String key;
    private final String adjective;

    Period(String key, String adjective) {
        this.key = key;
        this.adjective = adjective;
    }

    /** As it stands in the rules. */
    public String key() {
        return key;
    }

    /** As a limit is called: {@code daily}. */
    public String adjective() {
        return adjective;
    }

    /** The first day of the window that a day lies in. */
    public LocalDate startOf(LocalDate day) {
        return this == DAY ? day : day.withDayOfMonth(1);
    }

    /** The first day of the window after the one that begins on {@code start}. */
    public LocalDate after(LocalDate start) {
        return this == DAY ? start.plusDays(1) : start.plusMonths(1);
    }

    /** The first day of the window before the one that begins on {@code start}. */
    public LocalDate before(LocalDate start) {
        return this == DAY ? start.minusDays(1) : start.minusMonths(1);
    }
}

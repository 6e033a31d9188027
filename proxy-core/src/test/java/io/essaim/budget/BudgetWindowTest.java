package io.essaim.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Allowance;
import io.essaim.config.BudgetRule;
import io.essaim.config.Period;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The calendar, and clocks that are set. */
class BudgetWindowTest {
    private static final CloudUsage SOME = new CloudUsage(1, 100, 100);

    private static BudgetWindow spentOn(String day) {
        return BudgetWindow.NEVER.on(Period.DAY, LocalDate.parse(day)).settle(CloudUsage.NONE, SOME);
    }

    private static Instant opens(Period period, String time) {
        ZonedDateTime now = ZonedDateTime.parse(time);
        BudgetRule budget = new BudgetRule(Allowance.ALL, Allowance.ALL, now.getZone());
        BudgetWindow window = BudgetWindow.NEVER.on(period, now.toLocalDate());
        return BudgetLine.of(budget, period, BudgetMeasure.COST, window, now.toInstant())
                .opens()
                .toInstant();
    }

    @ParameterizedTest
    @CsvSource({
        "DAY, 2026-03-29T00:00+01:00[Europe/Paris], PT23H", // to summer time
        "DAY, 2026-10-25T00:00+02:00[Europe/Paris], PT25H", // and back
        "DAY, 2026-10-25T02:30+01:00[Europe/Paris], PT21H30M", // the second half past two of that night
        "DAY, 2026-10-25T02:30+02:00[Europe/Paris], PT22H30M", // and the first
        "DAY, 2024-04-25T23:00+02:00[Africa/Cairo], PT1H", // the next day begins at one, for want of a midnight
        "DAY, 2026-11-23T23:59:59.999+00:00[UTC], PT0.001S",
        "DAY, 2026-11-23T23:30+05:45[Asia/Kathmandu], PT30M",
        "MONTH, 2026-03-01T00:00+01:00[Europe/Paris], PT743H",
        "MONTH, 2026-10-31T23:00+01:00[Europe/Paris], PT1H",
        "MONTH, 2024-02-29T12:00Z[UTC], PT12H",
        "MONTH, 2026-12-31T23:59:30-03:00[America/Argentina/Buenos_Aires], PT30S",
    })
    void opensWhenTheNextDayOrMonthBegins(Period period, String now, Duration left) {
        Instant instant = ZonedDateTime.parse(now).toInstant();
        assertThat(Duration.between(instant, opens(period, now))).isEqualTo(left);
    }

    @Test
    void everyInstantOfTenYearsIsInOneWindowThatEndsWhenTheNextBegins() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] zones = new TreeSet<>(ZoneId.getAvailableZoneIds()).toArray(new String[0]);
        for (int i = 0; i < 5000; i++) {
            ZoneId zone = ZoneId.of(zones[random.nextInt(zones.length)]);
            Period period = random.nextBoolean() ? Period.DAY : Period.MONTH;
            Instant now = Instant.parse("2020-01-01T00:00:00Z").plusSeconds(random.nextInt(315_000_000));
            String round = "seed " + seed + ", " + zone + " " + period + " " + now;
            Instant opens = opens(period, now.atZone(zone).toString());
            assertThat(opens).as(round).isAfter(now);
            BudgetWindow window = BudgetWindow.NEVER.on(period, LocalDate.ofInstant(now, zone));
            BudgetWindow before = window.on(period, LocalDate.ofInstant(opens.minusMillis(1), zone));
            BudgetWindow after = window.on(period, LocalDate.ofInstant(opens, zone));
            assertThat(before).as(round).isEqualTo(window);
            assertThat(after.number()).as(round).isEqualTo(window.number() + 1);
        }
    }

    @Test
    void aNewDayBeginsWithNothing() {
        BudgetWindow next = spentOn("2026-11-23").reserve(SOME).on(Period.DAY, LocalDate.parse("2026-11-24"));
        assertThat(next.used()).isEqualTo(CloudUsage.NONE);
        assertThat(next.start()).isEqualTo("2026-11-24");
    }

    @Test
    void aClockSetBackOpensNothingAgain() {
        BudgetWindow window = spentOn("2026-11-23");
        for (String day : new String[] {"2026-11-22", "2026-11-23", "1970-01-01", "2026-11-23"}) {
            window = window.on(Period.DAY, LocalDate.parse(day));
            assertThat(window.spent()).as(day).isEqualTo(SOME);
        }
        assertThat(window.on(Period.DAY, LocalDate.parse("2026-11-24")).spent()).isEqualTo(CloudUsage.NONE);
    }

    @Test
    void aClockThatWasFarAheadClosesNothingForYears() {
        BudgetWindow window = spentOn("2099-01-01").on(Period.DAY, LocalDate.parse("2026-11-23"));
        assertThat(window.spent()).isEqualTo(SOME);
        assertThat(window.start()).isEqualTo("2026-11-23");
        assertThat(window.on(Period.DAY, LocalDate.parse("2026-11-24")).spent()).isEqualTo(CloudUsage.NONE);
    }
}

package io.essaim.config;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code budget} of agents, and {@code currency}. */
final class BudgetReader {
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
    private static final Pattern REGION = Pattern.compile("UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+");
    private static final long MOST_REQUESTS = 1_000_000_000L;
    private static final long MOST_TOKENS = 1_000_000_000_000L;
    private static final long MOST_COST = 1_000_000_000_000_000L;

    private BudgetReader() {}

    static BudgetRule read(Spot spot) {
        Section section = spot.section("day", "month", "timeZone");
        Optional<Spot> day = section.get("day");
        Optional<Spot> month = section.get("month");
        if (day.isEmpty() && month.isEmpty() && spot.node() instanceof Node.Fields) {
            spot.refuse("neither \"day\" nor \"month\"", "like \"day\": { \"requests\": 200 }");
        }
        return new BudgetRule(
                day.map(BudgetReader::allowance).orElse(Allowance.ALL),
                month.map(BudgetReader::allowance).orElse(Allowance.ALL),
                section.get("timeZone").flatMap(BudgetReader::zone).orElse(BudgetRule.NONE.zone()));
    }

    private static Allowance allowance(Spot spot) {
        Section section = spot.section("requests", "tokens", "cost");
        Allowance allowance = new Allowance(
                whole(section.get("requests"), MOST_REQUESTS),
                whole(section.get("tokens"), MOST_TOKENS),
                section.get("cost")
                        .flatMap(value -> Money.read(value, 1, MOST_COST))
                        .orElse(Allowance.UNLIMITED));
        boolean empty =
                spot.node() instanceof Node.Fields fields && fields.members().isEmpty();
        if (empty) {
            spot.refuse("nothing is limited", "name requests, tokens or cost");
        }
        return allowance;
    }

    private static long whole(Optional<Spot> spot, long max) {
        Optional<Double> number = spot.flatMap(Spot::number);
        if (number.isEmpty()) {
            return Allowance.UNLIMITED;
        }
        double found = number.get();
        if (found != Math.rint(found) || found < 1 || found > max) {
            spot.get().refuse("not a whole number from 1 to " + max, "to keep an agent local, give it no \"cloud\"");
            return Allowance.UNLIMITED;
        }
        return (long) found;
    }

    private static Optional<ZoneId> zone(Spot spot) {
        Optional<String> name = spot.text();
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try {
            if (REGION.matcher(name.get()).matches()) {
                return Optional.of(ZoneId.of(name.get()));
            }
        } catch (DateTimeException e) {
            // no region of that name: said below
        }
        spot.refuse("unknown time zone", "\"UTC\" or the name of a region, like \"Europe/Paris\"");
        return Optional.empty();
    }

    static Optional<String> currency(Spot spot) {
        Optional<String> text = spot.text();
        if (text.isPresent() && !CURRENCY.matcher(text.get()).matches()) {
            spot.refuse("not a currency", "three capital letters, like \"USD\"");
        }
        return text;
    }
}

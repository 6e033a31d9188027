package io.essaim.config;

import static io.essaim.config.ValueType.matching;
import static io.essaim.config.ValueType.money;
import static io.essaim.config.ValueType.text;
import static io.essaim.config.ValueType.whole;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code budget} of agents, and {@code currency}. */
final class BudgetReader {
    private static final String REGION = "(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)";
    private static final Pattern REGION_FORM = Pattern.compile(REGION);
    private static final long MOST_COST = 1_000_000_000_000_000L;
    private static final String LOCAL = "to keep an agent local, give it no \"cloud\"";

    static final RulesKey<String> CURRENCY = RulesKey.of(
                    "currency",
                    matching(
                            "three capital letters",
                            "[A-Z]{3}",
                            "not a currency",
                            "three capital letters, like \"USD\""))
            .or(Rules.DEFAULT_CURRENCY)
            .means("Currency of all prices and costs. Amounts are not converted.");

    private static final RulesKey<Long> REQUESTS = RulesKey.of("requests", whole(1, 1_000_000_000L, LOCAL))
            .otherwise("no limit")
            .means("Calls.");
    private static final RulesKey<Long> TOKENS = RulesKey.of("tokens", whole(1, 1_000_000_000_000L, LOCAL))
            .otherwise("no limit")
            .means("Tokens of prompts and answers together.");
    private static final RulesKey<Long> COST =
            RulesKey.of("cost", money(1, MOST_COST)).otherwise("no limit").means("Money, in the currency of the file.");
    private static final RulesObject ALLOWANCE = RulesObject.of(
                    "allowance", "How much of clouds an agent may use in a window of time.", REQUESTS, TOKENS, COST)
            .some("nothing is limited", "name requests, tokens or cost", REQUESTS, TOKENS, COST);

    private static final RulesKey<Allowance> DAY = allowance("day", "From midnight to midnight.");
    private static final RulesKey<Allowance> MONTH = allowance("month", "From the first of a month to the next.");
    private static final RulesKey<ZoneId> TIME_ZONE = RulesKey.of(
                    "timeZone",
                    text(
                            "`\"UTC\"` or the name of a region",
                            REGION,
                            BudgetReader::zone,
                            "unknown time zone",
                            "\"UTC\" or the name of a region, like \"Europe/Paris\""))
            .or(BudgetRule.NONE.zone())
            .means("Where midnight is. A day may then have 23 or 25 hours.");
    static final RulesKey<BudgetRule> BUDGET = RulesKey.object(
                    RulesObject.of(
                                    "budget",
                                    "How much of clouds it may use, by day and by month of the calendar. All limits hold at once.",
                                    DAY,
                                    MONTH,
                                    TIME_ZONE)
                            .some("neither \"day\" nor \"month\"", "like \"day\": { \"requests\": 200 }", DAY, MONTH),
                    section -> new BudgetRule(
                            section.find(DAY).orElse(Allowance.ALL),
                            section.find(MONTH).orElse(Allowance.ALL),
                            section.get(TIME_ZONE)))
            .otherwise("any amount");

    private BudgetReader() {}

    private static RulesKey<Allowance> allowance(String name, String sentence) {
        ValueType<Allowance> type = ValueType.object(
                ALLOWANCE,
                section -> new Allowance(
                        section.find(REQUESTS).orElse(Allowance.UNLIMITED),
                        section.find(TOKENS).orElse(Allowance.UNLIMITED),
                        section.find(COST).orElse(Allowance.UNLIMITED)));
        return RulesKey.of(name, type).otherwise("no limit").means(sentence);
    }

    private static Optional<ZoneId> zone(String name) {
        try {
            return REGION_FORM.matcher(name).matches() ? Optional.of(ZoneId.of(name)) : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.empty(); // no region of that name
        }
    }
}

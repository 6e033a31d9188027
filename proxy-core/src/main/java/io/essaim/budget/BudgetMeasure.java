package io.essaim.budget;

import io.essaim.config.Allowance;
import io.essaim.config.Money;

/** The three things that a budget counts. */
public enum BudgetMeasure {
    REQUESTS("requests"),
    TOKENS("tokens"),
    COST("cost");

    private final String key;

    BudgetMeasure(String key) {
        this.key = key;
    }

    /** As it stands in the rules. */
    public String key() {
        return key;
    }

    long in(CloudUsage amounts) {
        return switch (this) {
            case REQUESTS -> amounts.requests();
            case TOKENS -> amounts.tokens();
            case COST -> amounts.cost();
        };
    }

    long in(Allowance allowance) {
        return switch (this) {
            case REQUESTS -> allowance.requests();
            case TOKENS -> allowance.tokens();
            case COST -> allowance.cost();
        };
    }

    /** A number of these without its unit: {@code 200}, {@code 1.5}. */
    public String number(long amount) {
        return this == COST ? Money.text(amount) : Long.toString(amount);
    }

    /**
     * What is counted, for a person: {@code requests}, {@code tokens} or the currency.
     *
     * @param currency that of the rules
     */
    public String unit(String currency) {
        return this == COST ? currency : key;
    }
}

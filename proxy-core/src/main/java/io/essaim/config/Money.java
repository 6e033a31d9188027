package io.essaim.config;

import java.math.BigDecimal;
import java.util.Optional;

/** Amounts of money: millionths of a currency in a long, so that sums are exact. */
public final class Money {
    private static final int DIGITS = 6;

    private Money() {}

    /** An amount as a decimal number without needless zeros, like {@code 1.5}. */
    public static String text(long millionths) {
        BigDecimal amount = BigDecimal.valueOf(millionths, DIGITS).stripTrailingZeros();
        return amount.toPlainString();
    }

    /**
     * An amount at {@code spot} in millionths; empty and reported if it is no number from {@code min} to {@code max}, both in whole
     * millionths, or has more than six decimals.
     */
    static Optional<Long> read(Spot spot, long min, long max) {
        Optional<Double> number = spot.number();
        if (number.isEmpty()) {
            return Optional.empty();
        }
        double found = number.get();
        String range = "not a number from " + text(min) + " to " + text(max);
        if (!(found >= 0 && found <= max)) { // a coarse look first: BigDecimal has no infinity
            spot.refuse(range, "");
            return Optional.empty();
        }
        BigDecimal millionths = BigDecimal.valueOf(found).movePointRight(DIGITS).stripTrailingZeros();
        if (millionths.compareTo(BigDecimal.valueOf(min)) < 0 || millionths.compareTo(BigDecimal.valueOf(max)) > 0) {
            spot.refuse(range, "");
            return Optional.empty();
        }
        if (millionths.scale() > 0) {
            spot.refuse("more than six decimals", "amounts are counted in millionths");
            return Optional.empty();
        }
        return Optional.of(millionths.longValueExact());
    }
}

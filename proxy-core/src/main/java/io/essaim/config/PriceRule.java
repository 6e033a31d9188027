package io.essaim.config;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The price of some models of a cloud.
 *
 * @param models names as that cloud has them, {@code *} standing for any characters; case counts
 * @param price what they cost
 */
public record PriceRule(String models, Price price) {
    /** Whether a model has this price. */
    public boolean matches(String model) {
        return model.matches(Arrays.stream(models.split("\\*+", -1))
                .map(java.util.regex.Pattern::quote)
                .collect(Collectors.joining(".*")));
    }
}

package io.essaim.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code prices} of backends. */
final class PriceReader {
    private static final Pattern MODELS = Pattern.compile("[!-~]{1,256}");
    private static final long HIGHEST = 10_000_000_000L;

    private PriceReader() {}

    static List<PriceRule> read(Spot spot, Optional<Dialect> dialect) {
        if (dialect.equals(Optional.of(Dialect.OLLAMA))) {
            spot.refuse("an Ollama backend has no prices", "or is \"dialect\": \"openai\" missing?");
        }
        List<PriceRule> rules = new ArrayList<>();
        for (Node.Member member : spot.members()) {
            Spot value = new Spot(Spot.child(spot.path(), member.key()), member.value(), spot.problems());
            if (!MODELS.matcher(member.key()).matches()) {
                String hint = "1 to 256 printable ASCII characters without spaces, * standing for any";
                spot.problems().add(member.at(), value.path(), "not a model name or pattern", hint);
            }
            rules.stream()
                    .filter(earlier -> earlier.matches(member.key())) // a star is a character that only a star can take
                    .findFirst()
                    .ifPresent(earlier -> value.refuse(
                            "never reached: \"" + earlier.models() + "\" takes these models first",
                            "put the narrower pattern first"));
            rules.add(new PriceRule(member.key(), price(value)));
        }
        return rules;
    }

    private static Price price(Spot spot) {
        Section section = spot.section("input", "output");
        return new Price(amount(section, "input"), amount(section, "output"));
    }

    private static long amount(Section section, String key) {
        return section.require(key, "the price of a million tokens, like 0.15")
                .flatMap(value -> Money.read(value, 0, HIGHEST))
                .orElse(0L);
    }
}

package io.essaim.config;

import static io.essaim.config.ValueType.money;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code prices} of backends. */
final class PriceReader {
    private static final String MODELS = "[!-~]{1,256}";
    private static final Pattern FORM = Pattern.compile(MODELS);
    private static final String MISSING = "the price of a million tokens, like 0.15";
    private static final ValueType<Long> AMOUNT = money(0, 10_000_000_000L);

    private static final RulesKey<Long> INPUT =
            RulesKey.of("input", AMOUNT).required(MISSING).means("For prompts.");
    private static final RulesKey<Long> OUTPUT =
            RulesKey.of("output", AMOUNT).required(MISSING).means("For answers.");
    private static final RulesObject PRICE =
            RulesObject.of("price", "What a million tokens cost, in the currency of the file.", INPUT, OUTPUT);
    static final RulesKey<Spot> PRICES = RulesKey.of(
                    "prices",
                    ValueType.named(
                            "object: prices by model as the cloud names it, `*` standing for any characters",
                            MODELS,
                            ValueType.reference(PRICE),
                            false))
            .otherwise("every model counts as free")
            .means("What a cloud costs. Upper and lower case of models differ, and the first that matches decides.");

    private PriceReader() {}

    static List<PriceRule> read(Spot spot, Optional<Dialect> dialect) {
        if (dialect.equals(Optional.of(Dialect.OLLAMA))) {
            spot.refuse("an Ollama backend has no prices", "or is \"dialect\": \"openai\" missing?");
        }
        List<PriceRule> rules = new ArrayList<>();
        for (Node.Member member : spot.members()) {
            Spot value = spot.child(member);
            if (!FORM.matcher(member.key()).matches()) {
                String hint = "1 to 256 printable ASCII characters without spaces, * standing for any";
                spot.problems().add(member.at(), value.path(), "not a model name or pattern", hint);
            }
            rules.stream()
                    .filter(earlier -> earlier.matches(member.key())) // a star is a character that only a star can take
                    .findFirst()
                    .ifPresent(earlier -> value.refuse(
                            "never reached: \"" + earlier.models() + "\" takes these models first",
                            "put the narrower pattern first"));
            Section price = value.section(PRICE);
            rules.add(new PriceRule(
                    member.key(),
                    new Price(price.find(INPUT).orElse(0L), price.find(OUTPUT).orElse(0L))));
        }
        return rules;
    }
}

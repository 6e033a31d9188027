package io.essaim.config;

import static io.essaim.config.Allowance.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetRulesTest {
    private Rules rules;

    @BeforeEach
    void load() throws Exception {
        Path file = Path.of("src", "test", "resources", "rules", "good", "budgets.json");
        rules = RulesLoader.load("budgets.json", Files.readAllBytes(file));
    }

    @Test
    void amountsAreExactAndWhatIsNotNamedIsNotLimited() {
        assertThat(rules.agent("drh").budget())
                .isEqualTo(new BudgetRule(
                        new Allowance(200, 1_000_000, 1_500_000),
                        new Allowance(UNLIMITED, UNLIMITED, 1_000_000_000_000_000L),
                        ZoneId.of("Europe/Paris")));
        assertThat(rules.agent("rssi").budget())
                .isEqualTo(new BudgetRule(Allowance.ALL, new Allowance(1, 1_000_000_000_000L, 1), ZoneId.of("UTC")));
        assertThat(rules.agent("main").budget()).isEqualTo(BudgetRule.NONE);
        assertThat(rules.currency()).isEqualTo("EUR");
        assertThat(rules.state()).isEqualTo("state dir");
    }

    @Test
    void theFirstPriceThatMatchesDecides() {
        BackendRule cloud = rules.backends().get("c");

        assertThat(cloud.priceOf("small-2.5")).contains(new Price(100_000, 400_000));
        assertThat(cloud.priceOf("org/m:free")).contains(Price.FREE);
        assertThat(cloud.priceOf("Small-2.5")).contains(new Price(10_000_000, 10_000_000_000L));
        assertThat(rules.backends().get("d").priceOf("y")).isEmpty();
    }

    @Test
    void aCallCostsTheSumRoundedUp() {
        Price price = new Price(75_000, 300_001); // 0.075 and 0.300001 for a million

        assertThat(price.of(0, 0)).isZero();
        assertThat(price.of(1, 0)).isOne();
        assertThat(price.of(1_000_000, 1_000_000)).isEqualTo(375_001);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            Price any = new Price(random.nextLong(10_000_000_001L), random.nextLong(10_000_000_001L));
            long input = random.nextLong(1_000_000_001L);
            long output = random.nextLong(1_000_000_001L);
            BigInteger exact = BigInteger.valueOf(any.input())
                    .multiply(BigInteger.valueOf(input))
                    .add(BigInteger.valueOf(any.output()).multiply(BigInteger.valueOf(output)))
                    .add(BigInteger.valueOf(999_999))
                    .divide(BigInteger.valueOf(1_000_000));
            assertThat(any.of(input, output)).as("seed %d, round %d", seed, i).isEqualTo(exact.longValueExact());
        }
    }

    @Test
    void moneyIsWrittenWithoutNeedlessZeros() {
        assertThat(Money.text(1_500_000)).isEqualTo("1.5");
        assertThat(Money.text(1)).isEqualTo("0.000001");
        assertThat(Money.text(0)).isEqualTo("0");
        assertThat(Money.text(20_000_000)).isEqualTo("20");
    }

    @Test
    void theReportShowsBudgetsAndPrices() {
        assertThat(RulesReport.of(rules))
                .contains("state     state dir\n")
                .contains("""
                        prices of a million tokens in EUR
                          c small-*  input 0.1, output 0.4
                          c org/m:free  input 0, output 0
                          c *  input 10, output 10000
                          d x  input 0.000001, output 0.075
                        """)
                .contains("""
                          drh   local; clouds: c as small-1; per day 200 requests, 1000000 tokens, 1.5 EUR; per month
                                1000000000 EUR (Europe/Paris)
                        """)
                .contains("  lone  local only; per day 1 tokens (America/Argentina/Buenos_Aires)\n");
    }

    @Test
    void adviceNamesEveryGap() {
        assertThat(Advice.of(rules))
                .containsExactly(
                        "the budget of agent rssi limits cost, but d has no price for y, which counts as free",
                        "agent main may use clouds without a budget",
                        "agent lone has a budget but no cloud to spend it on");
    }

    @Test
    void adviceSaysThatACloudOfEverybody_isNone() throws InvalidRules {
        Rules generous = RulesLoader.load("rules", """
                { "backends": { "a": { "url": "http://10.0.0.1:11434" }, "c": { "url": "https://c.example", "dialect": "openai" } },
                  "routes": [{ "models": ["*"], "tiers": [["a"]] }],
                  "agents": { "default": { "cloud": [{ "backend": "c", "model": "large" }], "budget": { "day": { "cost": 1 } } } } }
                """.getBytes(StandardCharsets.UTF_8));
        assertThat(Advice.of(generous))
                .containsExactly(
                        "the clouds of agent default are never asked: everybody who names no agent is default");
    }
}

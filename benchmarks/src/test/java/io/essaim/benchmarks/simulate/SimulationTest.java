package io.essaim.benchmarks.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code benchmarks/run simulate --check} asks for, on the same seeds. */
class SimulationTest {
    private static final long SEED = 1000;
    private static final int RUNS = 8;

    private final Results results = new Results();

    @Test
    void answersOnTheFleetAreLittleLaterThanTheOracles() {
        Scenario fleet = Scenarios.fleet();
        results.run(fleet, Picks.ORACLE, SEED, RUNS);
        Score essaim = results.run(fleet, Picks.ESSAIM, SEED, RUNS);

        assertThat(Results.regret(results.of(fleet), Picks.ESSAIM)).isLessThan(Results.MOST_REGRET);
        assertThat(essaim.goodput()).isGreaterThan(Results.LEAST_GOODPUT);
        assertThat(essaim.loads()).as("models loaded to find out").isLessThan(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"steady", "busy", "killed", "slow10", "blackhole", "flapping"})
    void answersAtHomeAreGoodAndBeginInTime(String fault) {
        Scenario scenario = Scenarios.home().get(fault);
        assertThat(scenario).isNotNull();
        Score score = results.run(scenario, Picks.ESSAIM, SEED, RUNS);

        assertThat(score.goodput()).isGreaterThan(Results.LEAST_GOODPUT);
        assertThat(score.ttft(0.99)).isLessThan(Results.MOST_TTFT);
    }

    @Test
    void theSameSeedGivesTheSameFigures() {
        Scenario scenario = Scenarios.home().get("flapping");
        assertThat(scenario).isNotNull();

        assertThat(results.run(scenario, Picks.ESSAIM, SEED, 1))
                .isEqualTo(results.run(scenario, Picks.ESSAIM, SEED, 1));
    }

    @Test
    void theCheckNamesWhatWasMissed() {
        Scenario fleet = Scenarios.fleet().lasting(20, 5);
        results.run(fleet, Picks.ESSAIM, SEED, 1);

        assertThat(results.missed())
                .as("regret cannot be told without the oracle")
                .singleElement()
                .asString()
                .startsWith("fleet: regret");
    }
}

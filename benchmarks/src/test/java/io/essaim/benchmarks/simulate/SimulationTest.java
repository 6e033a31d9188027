package io.essaim.benchmarks.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small version of {@code benchmarks/run simulate --check}, on a seed that nothing was tuned with. */
class SimulationTest {
    private static final long SEED = 2000;

    /** What the choices reached when this was written, with room for chance; above it something was broken. */
    private static final double MOST_REGRET = 0.12;

    private final Results results = new Results();

    @Test
    void answersOnTheFleetAreLittleLaterThanTheOracles() {
        Scenario fleet = Scenarios.fleet();
        results.run(fleet, Picks.ORACLE, SEED, 1);
        results.run(fleet, "stickyWarm", SEED, 1);
        Score essaim = results.run(fleet, Picks.ESSAIM, SEED, 1);

        assertThat(Results.regret(results.of(fleet), Picks.ESSAIM))
                .isLessThan(MOST_REGRET)
                .isLessThan(Results.regret(results.of(fleet), "stickyWarm") / 3);
        assertThat(essaim.goodput()).isGreaterThan(Results.LEAST_GOODPUT);
        assertThat(essaim.loads()).as("models loaded to find out").isLessThan(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"steady", "killed", "blackhole"})
    void homeSurvivesTheLossOfItsBestHost(String fault) {
        Scenario scenario = Scenarios.home().get(fault);
        assertThat(scenario).isNotNull();
        Score essaim = results.run(scenario, Picks.ESSAIM, SEED, 2);

        assertThat(essaim.goodput()).isGreaterThan(Results.LEAST_GOODPUT);
        assertThat(essaim.ttft(0.99)).isLessThan(Results.MOST_TTFT_BLACKHOLE);
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

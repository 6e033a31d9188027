package io.essaim.benchmarks.simulate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The scores of policies in scenarios, in the order in which they were run. */
final class Results {
    /** Regret of the proxy on the fleet, at most. */
    static final double MOST_REGRET = 0.03;

    /** Seconds to the first token of 99 of 100 requests at home, at most. */
    static final double MOST_TTFT = 8;

    /** The same while a host accepts and says nothing. */
    static final double MOST_TTFT_BLACKHOLE = 12;

    /** Share of good answers at home, at least. */
    static final double LEAST_GOODPUT = 0.985;

    private static final double HIGH_RANK = 0.99;

    private final Map<Scenario, Map<String, Score>> all = new LinkedHashMap<>();

    /** Runs one policy through one scenario, once for each of so many seeds from {@code seed} on. */
    Score run(Scenario scenario, String policy, long seed, int runs) {
        Setting.Maker maker = Objects.requireNonNull(Picks.policies().get(policy), policy);
        List<World.Run> done = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            done.add(World.run(scenario, seed + i, maker));
        }
        Score score = Score.of(scenario, done);
        all.computeIfAbsent(scenario, s -> new LinkedHashMap<>()).put(policy, score);
        return score;
    }

    /** The scores of one scenario by policy; empty when it was not run. */
    Map<String, Score> of(Scenario scenario) {
        return all.getOrDefault(scenario, Map.of());
    }

    Map<Scenario, Map<String, Score>> all() {
        return all;
    }

    /** How much longer answers took than the oracle's, as a fraction; NaN where the oracle did not run. */
    static double regret(Map<String, Score> scores, String policy) {
        Score oracle = scores.get(Picks.ORACLE);
        Score score = scores.get(policy);
        return oracle == null || score == null ? Double.NaN : score.regret(oracle);
    }

    /** The targets that the proxy missed, a sentence each; empty when it met them all. */
    List<String> missed() {
        List<String> missed = new ArrayList<>();
        all.forEach((scenario, scores) -> {
            Score essaim = scores.get(Picks.ESSAIM);
            if (essaim == null) {
                return;
            }
            if (scenario.fleet().equals(Scenarios.FLEET)) {
                double regret = regret(scores, Picks.ESSAIM);
                if (!(regret <= MOST_REGRET)) {
                    missed.add(Figures.text("fleet: regret %.1f %%, at most %.1f %%", 100 * regret, 100 * MOST_REGRET));
                }
                return;
            }
            double most = scenario.name().equals(Scenarios.BLACKHOLE) ? MOST_TTFT_BLACKHOLE : MOST_TTFT;
            double ttft = essaim.ttft(HIGH_RANK);
            if (!(ttft <= most)) {
                missed.add(Figures.text(
                        "home, %s: P99 of first tokens %.1f s, at most %.0f s", scenario.name(), ttft, most));
            }
            if (!(essaim.goodput() >= LEAST_GOODPUT)) {
                missed.add(Figures.text(
                        "home, %s: goodput %.2f %%, at least %.1f %%",
                        scenario.name(), 100 * essaim.goodput(), 100 * LEAST_GOODPUT));
            }
        });
        return missed;
    }
}

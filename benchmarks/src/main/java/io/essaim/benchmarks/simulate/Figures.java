package io.essaim.benchmarks.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The results in words and numbers. */
final class Figures {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ROW = "%-22s%10s%10s%10s%10s%10s%10s%9s%9s%10s%n";

    private Figures() {}

    static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** One table for each scenario. */
    static String tables(Results results) {
        StringBuilder text = new StringBuilder();
        results.all()
                .forEach((scenario, scores) ->
                        text.append(table(scenario, scores)).append('\n'));
        return text.toString();
    }

    static String table(Scenario scenario, Map<String, Score> scores) {
        StringBuilder text = new StringBuilder(scenario.fleet() + ", " + scenario.name() + "\n");
        text.append(text(
                ROW,
                "policy",
                "mean s",
                "regret %",
                "TTFT P50",
                "P95",
                "P99",
                "good %",
                "failed %",
                "loads",
                "cloud $"));
        for (String policy : scores.keySet()) {
            Score score = scores.get(policy);
            text.append(text(
                    ROW,
                    policy,
                    text("%.2f", score.meanSeconds()),
                    text("%.1f", 100 * Results.regret(scores, policy)),
                    text("%.2f", score.ttft(0.5)),
                    text("%.2f", score.ttft(0.95)),
                    text("%.2f", score.ttft(0.99)),
                    text("%.2f", 100 * score.goodput()),
                    text("%.2f", 100 * score.failed()),
                    text("%.0f", score.loads()),
                    text("%.3f", score.dollars())));
        }
        return text.toString();
    }

    /** Keys such as {@code fleet.regret.random} and {@code home.killed.ttftP99}; seconds and fractions. */
    static String json(Results results, long seed, int runs) {
        ObjectNode all = JSON.createObjectNode();
        all.put("seed", seed);
        all.put("runs", runs);
        List<String> policies = new ArrayList<>(Picks.policies().keySet());
        results.all().forEach((scenario, scores) -> {
            for (String policy : policies) {
                Score score = scores.get(policy);
                if (score != null && scenario.fleet().equals(Scenarios.FLEET)) {
                    all.put("fleet.regret." + policy, Results.regret(scores, policy));
                    put(all, "fleet." + policy, score);
                } else if (score != null) {
                    String key = "home." + scenario.name();
                    put(all, policy.equals(Picks.ESSAIM) ? key : key + '.' + policy, score);
                }
            }
        });
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    }

    private static void put(ObjectNode all, String key, Score score) {
        all.put(key + ".ttftP99", score.ttft(0.99));
        all.put(key + ".goodput", score.goodput());
        all.put(key + ".failed", score.failed());
        all.put(key + ".loads", score.loads());
    }
}

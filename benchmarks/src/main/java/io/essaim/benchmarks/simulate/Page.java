package io.essaim.benchmarks.simulate;

import java.util.LinkedHashMap;
import java.util.Map;

/** The results as a page that needs nothing else: plots in SVG, tables, no script. */
final class Page {
    private static final double CEILING = 120;

    private Page() {}

    static String html(Results results, long seed, int runs) {
        StringBuilder page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<title>Essaim: simulated fleets</title><style>body{font-family:sans-serif;max-width:60em;"
                + "margin:2em auto}pre{overflow-x:auto}</style></head><body>\n<h1>Simulated fleets</h1>\n");
        page.append(Figures.text("<p>Seeds %d to %d.</p>%n", seed, seed + runs - 1));
        results.all().forEach((scenario, scores) -> {
            page.append(plot(scenario, scores));
            page.append("<pre>").append(Figures.table(scenario, scores)).append("</pre>\n");
        });
        return page.append("</body></html>\n").toString();
    }

    /** Regret on the fleet, the first token of 99 of 100 requests at home. */
    static String plot(Scenario scenario, Map<String, Score> scores) {
        Map<String, Double> values = new LinkedHashMap<>();
        if (scenario.fleet().equals(Scenarios.FLEET)) {
            scores.keySet().forEach(policy -> values.put(policy, Math.max(0, 100 * Results.regret(scores, policy))));
            return Bars.svg("fleet of 200: mean time over the oracle's, %", values, CEILING);
        }
        scores.forEach((policy, score) -> values.put(policy, score.ttft(0.99)));
        return Bars.svg("home, " + scenario.name() + ": first token, P99, seconds", values, CEILING);
    }
}

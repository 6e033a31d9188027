package io.essaim.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All that a comparison found.
 *
 * @param machine facts about the machine, by name
 * @param candidates versions by name, in the order of measurement
 * @param skipped names of what is not installed
 * @param samples the figures; those of a load that failed are left out
 * @param failures answers that were not what was sent, and candidates that did not run
 */
record Outcome(
        Map<String, String> machine,
        Map<String, String> candidates,
        List<String> skipped,
        Samples samples,
        List<String> failures) {

    private static final double FOREIGN_LIMIT = 0.15;
    private static final double DELIVERED_LIMIT = 0.98;
    private static final double SPREAD_LIMIT = 0.15;

    void fail(String failure) {
        failures.add(failure);
        System.err.println("FAILED: " + failure);
    }

    /** What makes a figure doubtful, for each candidate and load. */
    List<String> warnings(Settings settings) {
        List<String> warnings = new ArrayList<>();
        for (String name : candidates.keySet()) {
            for (int connections : Settings.LATENCY_CONNECTIONS) {
                warn(warnings, name + ", time to first token at " + connections, name, "c" + connections);
            }
            for (int streams : settings.streams()) {
                warn(warnings, name + " at " + streams + " streams", name, Integer.toString(streams));
            }
        }
        return warnings;
    }

    private void warn(List<String> warnings, String where, String name, String load) {
        double delivered = samples.median("deliveredRate", name, load).orElse(1);
        if (delivered < DELIVERED_LIMIT) {
            warnings.add(where + ": " + percent(delivered) + " of the due tokens arrived in the window: saturated");
        }
        double foreign = samples.median("foreignProcessors", name, load).orElse(0);
        if (foreign > FOREIGN_LIMIT) {
            warnings.add(where + ": others used " + percent(foreign) + " of a processor: disturbed");
        }
        double spread = samples.spread("cpuMicrosPerToken", name, load).orElse(0);
        if (spread > SPREAD_LIMIT) {
            warnings.add(where + ": the rounds lie " + percent(spread) + " apart");
        }
    }

    private static String percent(double share) {
        return Math.round(share * 100) + " %";
    }
}

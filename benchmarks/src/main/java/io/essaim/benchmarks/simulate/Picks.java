package io.essaim.benchmarks.simulate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The policies under comparison, and the simple ways to pick. */
final class Picks {
    static final String ESSAIM = "essaim";
    static final String ORACLE = "oracle";

    private Picks() {}

    /** All policies by name, in the order of reports. */
    static Map<String, Setting.Maker> policies() {
        Map<String, Setting.Maker> all = new LinkedHashMap<>();
        all.put("random", s -> new Baseline(s, (setting, inFlight) -> random(setting)));
        all.put("roundRobin", s -> new Baseline(s, (setting, inFlight) -> roundRobin(setting)));
        all.put("leastInFlight", s -> new Baseline(s, Picks::leastInFlight));
        all.put("weightedLeastRequest", s -> new Baseline(s, Picks::weightedLeastRequest));
        all.put("ewma", s -> new Baseline(s, (setting, inFlight) -> new EwmaPick(setting)));
        all.put("peakEwmaP2c", s -> new Baseline(s, PeakEwmaPick::new));
        all.put("prequal", s -> new Baseline(s, (setting, inFlight) -> new PrequalPick(setting)));
        all.put("stickyWarm", s -> new Baseline(s, StickyPick::new));
        all.put(ESSAIM, ProductionPolicy::new);
        all.put(ORACLE, OraclePolicy::new);
        return all;
    }

    private static Pick random(Setting setting) {
        Draws draws = setting.draws(2);
        return (request, among) -> among.get(draws.below(among.size()));
    }

    private static Pick roundRobin(Setting setting) {
        int[] next = {0};
        int all = setting.hosts().size();
        return (request, among) -> {
            Host chosen = lowest(among, host -> Math.floorMod(host.index() - next[0], all));
            next[0] = (chosen.index() + 1) % all;
            return chosen;
        };
    }

    private static Pick leastInFlight(Setting setting, int[] inFlight) {
        Draws draws = setting.draws(3);
        return (request, among) -> lowest(among, host -> inFlight[host.index()], draws);
    }

    /** Envoy's rule for unequal weights, as a full scan: most weight for each request, the new one included. */
    private static Pick weightedLeastRequest(Setting setting, int[] inFlight) {
        return (request, among) -> leastForItsWeight(setting, inFlight, among);
    }

    static Host leastForItsWeight(Setting setting, int[] inFlight, List<Host> among) {
        return lowest(among, host -> (inFlight[host.index()] + 1) / setting.believedCapacity(host));
    }

    /** The first of the lowest. */
    static Host lowest(List<Host> among, ToDoubleFunction<Host> cost) {
        Host best = among.get(0);
        double least = Double.POSITIVE_INFINITY;
        for (Host host : among) {
            double value = cost.applyAsDouble(host);
            if (value < least) {
                best = host;
                least = value;
            }
        }
        return best;
    }

    /** Any of the lowest. */
    static Host lowest(List<Host> among, ToDoubleFunction<Host> cost, Draws draws) {
        double least = among.stream().mapToDouble(cost).min().orElseThrow();
        List<Host> lowest =
                among.stream().filter(host -> cost.applyAsDouble(host) == least).toList();
        return lowest.get(draws.below(lowest.size()));
    }
}

package io.essaim.benchmarks.scenes;

import java.util.Arrays;
import java.util.List;

/**
 * What a scene came to.
 *
 * @param requests that were made
 * @param ttftP50 seconds
 * @param ttftP99 seconds; who got no token counts as the worst
 * @param goodput share of whole answers whose first token came in time
 * @param failedBefore requests without a token
 * @param cut answers that broke off
 * @param cloud share that the cloud answered
 * @param misroutes that the standby answered although dev2 had been well for five seconds
 * @param loads models loaded
 * @param loadsAborted of them thrown away
 */
record Figures(
        int requests,
        double ttftP50,
        double ttftP99,
        double goodput,
        long failedBefore,
        long cut,
        double cloud,
        long misroutes,
        long loads,
        long loadsAborted) {
    private static final double LOOKS_BACK = 5;

    /** @param inTime seconds until the first token at most, for a good answer */
    static Figures of(Scene scene, double length, List<Visit> visits, Home home, double inTime) {
        double[] times = times(visits);
        var one = home.dev2.state().loads();
        var other = home.pi.state().loads();
        return new Figures(
                visits.size(),
                quantile(times, 0.5),
                quantile(times, 0.99),
                visits.stream()
                                .filter(v -> v.whole() && v.ttftSeconds() <= inTime)
                                .count()
                        / (double) visits.size(),
                visits.stream().filter(v -> !v.begun()).count(),
                visits.stream().filter(v -> v.begun() && !v.whole()).count(),
                visits.stream().filter(v -> v.backend().equals("cloud")).count() / (double) visits.size(),
                visits.stream()
                        .filter(v -> v.backend().equals("pi") && well(scene, v.dueSeconds(), length))
                        .count(),
                one.started() + other.started(),
                one.aborted() + other.aborted());
    }

    private static boolean well(Scene scene, double at, double length) {
        for (double before = 0; before <= LOOKS_BACK; before += 0.1) {
            if (!scene.well(at - before, length)) {
                return false;
            }
        }
        return true;
    }

    static double[] times(List<Visit> visits) {
        return visits.stream()
                .mapToDouble(v -> v.begun() ? v.ttftSeconds() : Double.POSITIVE_INFINITY)
                .sorted()
                .toArray();
    }

    /** The value that a share does not exceed (nearest rank); NaN for none. */
    static double quantile(double[] sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, Math.min(sorted.length, rank) - 1)];
    }

    static double quantile(List<Double> values, double share) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return quantile(sorted, share);
    }
}

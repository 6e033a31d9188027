package io.essaim.benchmarks.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Measured values by name and round; a name is a path such as {@code cpuMicrosPerToken, nginx, 200}. What was not measured is absent, never zero.
 */
final class Samples {

    private final Map<List<String>, Map<Integer, Double>> values = new LinkedHashMap<>();

    void add(int round, double value, String... name) {
        values.computeIfAbsent(List.of(name), fresh -> new TreeMap<>()).put(round, value);
    }

    /** The median over the rounds; of an even number of rounds, the mean of the middle two. */
    OptionalDouble median(String... name) {
        double[] sorted = sorted(List.of(name));
        return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(median(sorted));
    }

    /** How far the rounds lie apart: (largest - smallest) / median; 0 for one round. */
    OptionalDouble spread(String... name) {
        double[] sorted = sorted(List.of(name));
        if (sorted.length == 0 || median(sorted) == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((sorted[sorted.length - 1] - sorted[0]) / median(sorted));
    }

    /** Records {@code target = value - baseline} for each round that has both. */
    void addDifference(List<String> target, List<String> value, List<String> baseline) {
        Map<Integer, Double> minuend = values.getOrDefault(value, Map.of());
        Map<Integer, Double> subtrahend = values.getOrDefault(baseline, Map.of());
        for (Map.Entry<Integer, Double> sample : minuend.entrySet()) {
            Double base = subtrahend.get(sample.getKey());
            if (base != null) {
                add(sample.getKey(), sample.getValue() - base, target.toArray(String[]::new));
            }
        }
    }

    /** The medians as a tree of maps, one level for each element of a name. */
    Map<String, Object> medians() {
        Map<String, Object> tree = new LinkedHashMap<>();
        values.forEach((name, byRound) -> place(tree, name, rounded(median(sorted(name)))));
        return tree;
    }

    /** All samples, as a tree like that of {@link #medians()}: a list of values in the order of the rounds. */
    Map<String, Object> rounds() {
        Map<String, Object> tree = new LinkedHashMap<>();
        values.forEach((name, byRound) -> place(
                tree, name, byRound.values().stream().map(Samples::rounded).toList()));
        return tree;
    }

    private double[] sorted(List<String> name) {
        return values.getOrDefault(name, Map.of()).values().stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    @SuppressWarnings("unchecked")
    private static void place(Map<String, Object> tree, List<String> name, Object value) {
        Map<String, Object> level = tree;
        for (String step : name.subList(0, name.size() - 1)) {
            level = (Map<String, Object>) level.computeIfAbsent(step, fresh -> new LinkedHashMap<String, Object>());
        }
        level.put(name.get(name.size() - 1), value);
    }
}

package io.essaim.benchmarks.compare;

import java.util.TreeMap;
import java.util.stream.Collectors;

/** Failures by kind, each with its count; the kinds kept are few, whatever goes wrong. */
final class Failures {

    private static final int KINDS = 4;

    private final TreeMap<String, Integer> kinds = new TreeMap<>();
    private int count;

    void add(String failure) {
        count++;
        if (kinds.size() < KINDS || kinds.containsKey(failure)) {
            kinds.merge(failure, 1, Integer::sum);
        }
    }

    int count() {
        return count;
    }

    @Override
    public String toString() {
        return kinds.entrySet().stream()
                .map(kind -> kind.getValue() + " x " + kind.getKey())
                .collect(Collectors.joining("; "));
    }
}

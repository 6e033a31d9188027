package io.essaim.benchmarks.simulate;

import java.util.List;

/**
 * A fleet, what is asked of it and what befalls it.
 *
 * @param fleet its name in reports
 * @param name of the fault or load
 * @param goodTtft seconds to the first token above which an answer is no good one
 * @param goodTpot seconds per token above which an answer is no good one
 * @param error how wrong the figures are that an operator writes down: sigma of their logarithm
 * @param inMemory models of each host at the beginning, by index; empty when they are drawn by popularity
 * @param dollarsPerHour what clouds may cost; two hours' worth can be saved up
 */
record Scenario(
        String fleet,
        String name,
        List<HostSpec> hosts,
        List<ModelSpec> models,
        Load load,
        List<Fault> faults,
        double goodTtft,
        double goodTpot,
        double error,
        List<List<Integer>> inMemory,
        double dollarsPerHour) {

    /** Whether each host is a tier of its own, in their order. */
    boolean tiered() {
        return fleet.equals(Scenarios.HOME);
    }

    double[] shares() {
        return models.stream().mapToDouble(ModelSpec::share).toArray();
    }

    /** The same fleet for a shorter time. */
    Scenario lasting(double seconds, double warmUp) {
        return new Scenario(
                fleet,
                name,
                hosts,
                models,
                load.lasting(seconds, warmUp),
                faults.stream().filter(fault -> fault.at() < seconds).toList(),
                goodTtft,
                goodTpot,
                error,
                inMemory,
                dollarsPerHour);
    }
}

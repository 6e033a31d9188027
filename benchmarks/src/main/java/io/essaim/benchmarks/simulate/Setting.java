package io.essaim.benchmarks.simulate;

import java.util.List;

/**
 * What a policy finds itself in.
 *
 * @param clock for timers of its own
 * @param wallet says whether a cloud may be asked
 * @param believed tokens per second of each host, as the operator wrote them down, more or less wrong
 */
record Setting(Scenario scenario, long seed, Clock clock, List<Host> hosts, Wallet wallet, double[] believed) {

    /** A stream of random numbers that no other policy draws from. */
    Draws draws(long purpose) {
        return new Draws(seed, 4, purpose);
    }

    /** Tokens per second of all slots of a host, as the operator believes. */
    double believedCapacity(Host host) {
        return believed[host.index()];
    }

    /** What is needed of a policy's constructor. */
    @FunctionalInterface
    interface Maker {
        Policy make(Setting setting);
    }
}

package io.essaim.benchmarks.simulate;

import org.jspecify.annotations.Nullable;

/**
 * What a simulated host can do. Speeds are for a model of size 1 that runs alone.
 *
 * @param name for reports, and its name in the rules
 * @param slots generations of one model at a time; more wait, first come first served
 * @param decode tokens written per second
 * @param crowd a: with n generations on the host, each writes at {@code decode / (1 + a (n - 1))}
 * @param prefill prompt tokens read per second
 * @param prefillCrowd the same for reading; 1 means that n share the speed of one
 * @param load seconds to load a model of size 1; one load at a time
 * @param residents models that fit into memory
 * @param conversations whose prompts are kept, for each model
 * @param overhead seconds of the way there
 * @param tariff what it costs; null on a host of one's own
 */
record HostSpec(
        String name,
        int slots,
        double decode,
        double crowd,
        double prefill,
        double prefillCrowd,
        double load,
        int residents,
        int conversations,
        double overhead,
        @Nullable Tariff tariff) {

    /** Dollars per token read and written. */
    record Tariff(double read, double written) {}

    /** Whether it is somebody else's: always warm, and to be paid for. */
    boolean cloud() {
        return tariff != null;
    }

    HostSpec named(String other) {
        return new HostSpec(
                other, slots, decode, crowd, prefill, prefillCrowd, load, residents, conversations, overhead, tariff);
    }

    /** Tokens per second of all slots together. */
    double capacity() {
        return slots * decode / (1 + crowd * (slots - 1));
    }
}

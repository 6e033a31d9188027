package io.essaim.benchmarks.simulate;

/**
 * Something that happens to a host.
 *
 * @param at seconds since the beginning
 * @param host index
 */
record Fault(double at, int host, Kind kind) {

    /** What happens. */
    enum Kind {
        /** Connections are refused, what ran is lost, memory is empty. */
        KILL,
        REVIVE,
        /** Ten times slower in everything, while its probe is answered as ever. */
        SLOW,
        NORMAL,
        /** Connections are accepted, and nothing comes, not even to a probe. */
        FREEZE,
        THAW
    }

    void happenTo(Host victim) {
        switch (kind) {
            case KILL -> victim.kill();
            case REVIVE -> victim.revive();
            case SLOW -> victim.slow(10);
            case NORMAL -> victim.slow(1);
            case FREEZE -> victim.freeze(true);
            case THAW -> victim.freeze(false);
        }
    }
}

package io.essaim.benchmarks.simulate;

import java.util.List;

/** How a baseline chooses among hosts that are as good as any. */
interface Pick {

    /** @param among at least one */
    Host pick(Request request, List<Host> among);

    /** An answer came to its end. */
    default void answered(Request request, Host host, double seconds) {}
}

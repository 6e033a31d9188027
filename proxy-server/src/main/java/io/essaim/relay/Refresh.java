package io.essaim.relay;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Waits until the probes have seen what an order changed, so that whoever gives one order after another finds the fleet as
 * the first one left it. Not for long: a host that does not show it is not waited for.
 */
final class Refresh {
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(2);
    private static final int LOOK_MILLIS = 50;

    private Refresh() {}

    /** Calls {@code then} once, on the loop. */
    static void await(Loop loop, Backend backend, Predicate<Inventory> shown, Runnable then) {
        look(loop, backend, shown, then, loop.now() + LONGEST);
    }

    private static void look(Loop loop, Backend backend, Predicate<Inventory> shown, Runnable then, long latest) {
        if (shown.test(backend.inventory()) || loop.now() - latest > 0) {
            then.run();
        } else {
            backend.doubt(Backend.Doubt.INVENTORY);
            loop.eventLoop()
                    .schedule(() -> look(loop, backend, shown, then, latest), LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}

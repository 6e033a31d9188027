package io.essaim.manage;

import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.upstream.Loop;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Waits until the probes have seen what an order changed, so that the next order of the client finds the fleet as the
 * last one left it. The wait is short: it ends without the change after {@link #LONGEST}.
 */
final class InventoryWait {
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(2);
    private static final int LOOK_MILLIS = 50;

    private final Loop loop;
    private final Backend backend;
    private final Predicate<Inventory> shown;
    private final Runnable then;
    private final Guarded owner;

    private InventoryWait(Loop loop, Backend backend, Predicate<Inventory> shown, Runnable then, Guarded owner) {
        this.loop = loop;
        this.backend = backend;
        this.shown = shown;
        this.then = then;
        this.owner = owner;
    }

    /**
     * Calls {@code then} once, on the loop.
     *
     * @param owner ends when that fails, or the looking does
     */
    static void await(Loop loop, Backend backend, Predicate<Inventory> shown, Runnable then, Guarded owner) {
        InventoryWait refresh = new InventoryWait(loop, backend, shown, then, owner);
        refresh.look(loop.now() + LONGEST);
    }

    private void look(long latest) {
        if (shown.test(backend.inventory()) || loop.now() - latest > 0) {
            then.run();
        } else {
            backend.doubt(Backend.Doubt.INVENTORY);
            loop.eventLoop()
                    .schedule(() -> InternalFault.guard(owner, () -> look(latest)), LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}

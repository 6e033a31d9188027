package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import java.util.concurrent.TimeUnit;

/**
 * Whether the hosts have been probed since the start. Until then, at most for a second, a request that depends on
 * their state waits: "no such model" or "no host" would be untrue. Any thread.
 */
public final class FirstProbe {
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private final long since;
    private volatile boolean over;

    public FirstProbe(long now) {
        this.since = now;
    }

    /** Whether this can be answered whatever the hosts have. */
    static boolean needless(Operation operation) {
        return operation == Operation.ROOT || operation == Operation.VERSION || operation == Operation.STATUS;
    }

    boolean isOver(Fleet fleet, long now) {
        if (!over) {
            over = now - since > LONGEST
                    || fleet.ollamas().stream()
                            .allMatch(b -> b.inventory().known() || b.health() == Backend.Health.DOWN);
        }
        return over;
    }
}

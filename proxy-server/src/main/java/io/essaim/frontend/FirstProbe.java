package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import java.util.concurrent.TimeUnit;

/**
 * Whether the hosts have been looked at since the start. Until then, for a second at most, a request that depends on what they
 * have waits: to say that there are no models, or no host, would be a lie. Any thread.
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

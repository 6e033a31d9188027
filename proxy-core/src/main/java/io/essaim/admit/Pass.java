package io.essaim.admit;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One request of an agent that is under way. Any thread. */
public final class Pass implements Entry {
    /** For requests that are not counted. */
    public static final Pass UNCOUNTED = new Pass(null);

    private final AtomicReference<@Nullable Quota> quota;

    Pass(@Nullable Quota quota) {
        this.quota = new AtomicReference<>(quota);
    }

    /** The request is over; more than once does no harm. */
    public void end() {
        Quota mine = quota.getAndSet(null);
        if (mine != null) {
            mine.leave();
        }
    }
}

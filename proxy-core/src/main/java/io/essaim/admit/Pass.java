package io.essaim.admit;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One request of an agent that is under way. Any thread. */
public final class Pass implements Entry {
    /** For requests that are not counted. */
    public static final Pass UNCOUNTED = new Pass(null);

    private final @Nullable Quota quota;
    private final AtomicBoolean over = new AtomicBoolean();

    Pass(@Nullable Quota quota) {
        this.quota = quota;
    }

    /**
     * The request is over; more than once does no harm.
     *
     * @param tokens of prompt and answer that it used, 0 or more
     */
    public void end(long tokens) {
        if (quota != null && !over.getAndSet(true)) {
            try {
                quota.used(tokens);
            } finally {
                quota.leave();
            }
        }
    }
}

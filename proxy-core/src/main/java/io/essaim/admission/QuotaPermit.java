package io.essaim.admission;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One active request of an agent. Any thread. */
public final class QuotaPermit implements QuotaDecision {
    /** For requests that are not counted. */
    public static final QuotaPermit UNCOUNTED = new QuotaPermit(null);

    private final @Nullable Quota quota;
    private final AtomicBoolean over = new AtomicBoolean();

    QuotaPermit(@Nullable Quota quota) {
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

package io.essaim.why;

import io.essaim.api.Failure;
import java.util.concurrent.atomic.LongAdder;

/** Counts the answers that broke off and could be rescued, by outcome. Any thread. */
public final class RescueCounters {
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** One that went on came to its end: its last backend completed it, or ended it with an error. */
    public void completed(boolean well) {
        (well ? completed : failed).increment();
    }

    /** One that ended with an error all the same; not counted where the client or our own end was the cause. */
    public void brokenOff(Failure failure) {
        switch (failure.kind()) {
            case CLIENT_GONE, CLIENT_STALLED, SHUTTING_DOWN -> {}
            default -> failed.increment();
        }
    }

    /** Answers that other backends completed since the start. */
    public long completedSoFar() {
        return completed.sum();
    }

    /** Answers that broke off for good since the start, although the agent's rule and the request would have let others go on. */
    public long failedSoFar() {
        return failed.sum();
    }
}

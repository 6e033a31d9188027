package io.essaim.fault;

import io.essaim.api.Failure;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exceptions of Essaim's own that no code expected. Each ends the one thing that it happened to, stands in the log
 * once with its stack trace, and counts against no backend. Any thread.
 */
public final class InternalFault {
    private static final Logger LOG = LoggerFactory.getLogger(InternalFault.class);

    private InternalFault() {}

    /** Runs a callback; what it throws is its owner's end. */
    public static void guard(Guarded owner, Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            end(owner, e);
        }
    }

    /** Ends the owner; should even that fail, it is said, and others go on. */
    public static void end(Guarded owner, Throwable cause) {
        try {
            owner.fault(cause);
        } catch (RuntimeException | Error e) {
            e.addSuppressed(cause);
            log("what failed could not be ended properly", e);
        }
    }

    /**
     * Runs steps that have nothing of their own to end, each whatever the others do.
     *
     * @param what stands in the log when one fails
     */
    public static void each(String what, Runnable... steps) {
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException | Error e) {
                log(what, e);
            }
        }
    }

    /** @param what was going on, as a half sentence */
    public static void log(String what, Throwable cause) {
        LOG.error("a fault of the proxy itself: {}", what, cause);
    }

    /** Says it in the log under the request's name, which the client is told too. */
    public static Failure ofRequest(String id, Throwable cause) {
        log("request " + id + " is ended", cause);
        return failure(id);
    }

    /** What the client of that request is told. */
    public static Failure failure(String id) {
        return new Failure(
                Failure.Kind.INTERNAL, "the proxy itself failed, no backend did; its log says more under " + id);
    }

    /** Whether the other side or the way to it is why, and not we: sockets and TLS fail with an I/O exception, which a codec may wrap. */
    public static boolean isOfTransport(Throwable cause) {
        return cause instanceof IOException || cause.getCause() instanceof IOException;
    }
}

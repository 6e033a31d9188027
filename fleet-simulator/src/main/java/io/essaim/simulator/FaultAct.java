package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lets a fault strike a request before its route is served. */
final class FaultAct {
    private static final long HEAD_START_MILLIS = 20;

    private FaultAct() {}

    /** Picks the fault that hits this request, if any; returns whether the request needs no further service. */
    static boolean strike(Host host, Exchange exchange, boolean inference, boolean generates) {
        Fault fault = host.faults().pick(inference, generates);
        exchange.hitBy(fault);
        if (fault == null) {
            return false;
        }
        Envelope envelope = Envelope.of(exchange.path(), host.profile().dialect());
        switch (fault.kind()) {
            case SILENCE -> {
                // Nothing: the client waits until it gives up.
            }
            case RESET_BEFORE_HEAD -> exchange.reset();
            case RESET_AFTER_HEAD -> resetAfterHead(host, exchange, envelope);
            case ERROR_500 -> envelope.inner(exchange, Refusal.RUNNER_DIED);
            case BUSY_503 -> envelope.inner(exchange, Refusal.BUSY);
            case RATE_LIMIT_429 -> {
                exchange.header("Retry-After", Integer.toString(fault.retryAfterSeconds()));
                envelope.inner(exchange, new Refusal(429, "rate limit exceeded, please try again later"));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void resetAfterHead(Host host, Exchange exchange, Envelope envelope) {
        exchange.open(200, envelope == Envelope.NATIVE ? "application/x-ndjson" : OpenAiAnswer.SSE);
        // An empty chunk would end the body, so the head is flushed by itself.
        exchange.flushHead();
        // Where the reset overtakes the head the client sees no more than with reset-before-head.
        var unused = host.loop().schedule(exchange::reset, HEAD_START_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The text of an admin answer that lists faults. */
    static String describe(Iterable<Fault> faults) {
        List<Object> list = new ArrayList<>();
        for (Fault fault : faults) {
            list.add(GoJson.object(
                    "kind", fault.kind().word(),
                    "afterTokens", fault.afterTokens(),
                    "times", fault.times(),
                    "probability", fault.probability(),
                    "seed", fault.seed(),
                    "factor", fault.factor(),
                    "retryAfter", fault.retryAfterSeconds(),
                    "forMillis", fault.forMillis(),
                    "routes", fault.allRoutes() ? "all" : "inference"));
        }
        return GoJson.write(GoJson.object("faults", list));
    }
}

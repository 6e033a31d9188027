package io.essaim.relay;

import io.essaim.api.Failure;
import io.essaim.api.Json;
import io.essaim.api.Operation;
import io.essaim.choose.Canaries;
import io.essaim.choose.Canary;
import io.essaim.choose.Candidate;
import io.essaim.choose.ReadAhead;
import io.essaim.choose.Wish;
import io.essaim.fault.OwnFault;
import io.essaim.fleet.Backend;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings models into memory before they are asked for: those that the rules keep resident, and those of a standby at the first
 * sign that it will be needed, since a load can take longer than everything else in a fail-over. And asks those in memory how
 * fast they are ({@link Canaries}), and idle ones read what clouds answer ({@link ReadAhead}). Confined to its loop.
 */
public final class Warmer {
    private static final Logger LOG = LoggerFactory.getLogger(Warmer.class);
    private static final long PAUSE_MILLIS = 500;

    /** A load that failed is not tried at once again; nor is a listing believed that is older than the load. */
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(30);

    private final Loop first;
    private final Map<Candidate, Long> begun = new HashMap<>();
    private final Canaries canaries = new Canaries();

    public Warmer(Loop loop) {
        this.first = loop;
    }

    /** Begins; it ends with its loop. Any thread. */
    public void start() {
        var unused =
                first.eventLoop().scheduleWithFixedDelay(this::look, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        OwnFault.each(
                "bringing models into memory",
                this::meetWishes,
                this::askCanaries,
                this::readAhead); // Lest it never runs again.
    }

    private void meetWishes() {
        Loop loop = first.latest();
        long now = loop.now();
        begun.values().removeIf(at -> now - at > AGAIN);
        for (Wish wish : loop.shared().routes().wishes(now)) {
            if (begun.putIfAbsent(wish.candidate(), now) == null) {
                OwnFault.each("bringing a model into memory", () -> meet(wish, loop));
            }
        }
    }

    private void askCanaries() {
        Loop loop = first.latest();
        Shared shared = loop.shared();
        long now = loop.now();
        for (Backend backend : shared.rules().canaries() ? shared.fleet().all() : List.<Backend>of()) {
            OwnFault.each("asking a canary", () -> {
                Canary canary = canaries.due(shared.routes(), backend, now);
                if (canary != null) {
                    CanaryCall call = new CanaryCall(loop, canary);
                    OwnFault.guard(call, call::start);
                }
            });
        }
    }

    private void readAhead() {
        Loop loop = first.latest();
        Shared shared = loop.shared();
        ReadAhead.Reading<Reread> reading =
                shared.queues().waiting() == 0 ? shared.ahead().due(loop.now()) : null;
        if (reading != null) {
            ReadAheadCall call = new ReadAheadCall(loop, reading);
            OwnFault.guard(call, call::start);
        }
    }

    private static void meet(Wish wish, Loop loop) {
        Candidate candidate = wish.candidate();
        String host = candidate.backend().name();
        StringBuilder body = new StringBuilder("{\"model\":");
        Json.quote(Asking.spelling(candidate), body);
        body.append(",\"stream\":false");
        if (wish.forever()) {
            body.append(",\"keep_alive\":-1");
        }
        if (wish.context() != null) {
            body.append(",\"options\":{\"num_ctx\":").append(wish.context()).append('}');
        }
        String model = candidate.model().shortest();
        LOG.info("{}: {} is brought into memory, {}", host, model, wish.forever() ? "to stay" : "as a standby");
        Load.Order order = new Load.Order(
                "POST " + Operation.GENERATE.path(), body.append('}').toString(), candidate.model());
        Load load = loop.shared().loads().join(loop, candidate.backend(), order);
        if (load == null) {
            return; // Clients have two loads of it under way.
        }
        load.watch(loop.eventLoop(), new Load.Watcher() {
            @Override
            public void loaded(@Nullable Failure failure) {
                if (failure != null) {
                    LOG.warn("{}: {} could not be brought into memory: {}", host, model, failure.message());
                }
            }

            @Override
            public void fault(Throwable cause) {
                OwnFault.log("waiting for a model to be in memory", cause);
            }
        });
    }
}

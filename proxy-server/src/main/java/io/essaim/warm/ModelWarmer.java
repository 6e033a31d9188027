package io.essaim.warm;

import io.essaim.api.Failure;
import io.essaim.api.Json;
import io.essaim.api.Operation;
import io.essaim.config.Rules;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.selection.Canary;
import io.essaim.selection.CanarySchedule;
import io.essaim.selection.Candidate;
import io.essaim.selection.PreloadRequest;
import io.essaim.selection.ReadAhead;
import io.essaim.upstream.BodyEdits;
import io.essaim.upstream.Loop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Preloads models: those that the rules keep resident, and those of a standby at the first sign that it will be
 * needed, since a load can take longer than all else in a fail-over. It also sends canaries to models in memory
 * ({@link CanarySchedule}) and lets idle hosts read what clouds answered ({@link ReadAhead}). Confined to its loop.
 */
public final class ModelWarmer {
    private static final Logger LOG = LoggerFactory.getLogger(ModelWarmer.class);
    private static final long PAUSE_MILLIS = 500;

    /** A load that failed is not tried at once again; nor is a listing believed that is older than the load. */
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(30);

    private final Loop loop;
    private final Supplier<View> latest;
    private final Map<Candidate, Long> begun = new HashMap<>();
    private final CanarySchedule canaries = new CanarySchedule();

    /**
     * What it looks at, under one set of rules.
     *
     * @param rules the rules
     * @param fleet the live backends
     * @param choosing routes, queues and what is to be read ahead
     * @param loads the models that hosts are loading at the proxy's request
     */
    public record View(Rules rules, Fleet fleet, SelectionState choosing, ModelLoads loads) {}

    /** @param latest what holds now; asked on the loop */
    public ModelWarmer(Loop loop, Supplier<View> latest) {
        this.loop = loop;
        this.latest = latest;
    }

    /** Begins; it ends with its loop. Any thread. */
    public void start() {
        var unused =
                loop.eventLoop().scheduleWithFixedDelay(this::look, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        InternalFault.each(
                "bringing models into memory",
                this::meetWishes,
                this::askCanaries,
                this::readAhead); // Lest it never runs again.
    }

    private void meetWishes() {
        View view = latest.get();
        long now = loop.now();
        begun.values().removeIf(at -> now - at > AGAIN);
        for (PreloadRequest wish : view.choosing.routes().wishes(now)) {
            if (begun.putIfAbsent(wish.candidate(), now) == null) {
                InternalFault.each("bringing a model into memory", () -> meet(wish, view.loads));
            }
        }
    }

    private void askCanaries() {
        View view = latest.get();
        long now = loop.now();
        for (Backend backend : view.rules.canaries() ? view.fleet.all() : List.<Backend>of()) {
            InternalFault.each("asking a canary", () -> {
                Canary canary = canaries.due(view.choosing.routes(), backend, now);
                if (canary != null) {
                    CanaryCall call = new CanaryCall(loop, canary);
                    InternalFault.guard(call, call::start);
                }
            });
        }
    }

    private void readAhead() {
        View view = latest.get();
        ReadAhead.Reading<ReadAheadRequest> reading =
                view.choosing.queues().waiting() == 0 ? view.choosing.ahead().due(loop.now()) : null;
        if (reading != null) {
            ReadAheadCall call = new ReadAheadCall(loop, reading, view.rules.timeouts());
            InternalFault.guard(call, call::start);
        }
    }

    private void meet(PreloadRequest wish, ModelLoads loads) {
        Candidate candidate = wish.candidate();
        String host = candidate.backend().name();
        StringBuilder body = new StringBuilder("{\"model\":");
        Json.quote(BodyEdits.spelling(candidate), body);
        body.append(",\"stream\":false");
        if (wish.forever()) {
            body.append(",\"keep_alive\":-1");
        }
        if (wish.context() != null) {
            body.append(",\"options\":{\"num_ctx\":").append(wish.context()).append('}');
        }
        String model = candidate.model().shortest();
        LOG.info("{}: {} is brought into memory, {}", host, model, wish.forever() ? "to stay" : "as a standby");
        ModelLoad.Order order = new ModelLoad.Order(
                "POST " + Operation.GENERATE.path(), body.append('}').toString(), candidate.model());
        ModelLoad load = loads.join(loop, candidate.backend(), order);
        if (load == null) {
            return; // Clients have two loads of it under way.
        }
        load.watch(loop.eventLoop(), new ModelLoad.Watcher() {
            @Override
            public void loaded(@Nullable Failure failure) {
                if (failure != null) {
                    LOG.warn("{}: {} could not be brought into memory: {}", host, model, failure.message());
                }
            }

            @Override
            public void fault(Throwable cause) {
                InternalFault.log("waiting for a model to be in memory", cause);
            }
        });
    }
}

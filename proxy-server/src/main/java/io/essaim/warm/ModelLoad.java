package io.essaim.warm;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.api.Operation;
import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.http.Response;
import io.essaim.model.ModelName;
import io.essaim.stream.ExpectedAnswer;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.essaim.why.LoadView;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The load of a model into a host's memory. An Ollama throws a load away when the client that caused it leaves, so
 * impatient clients could keep a model out of memory for ever; this request is Essaim's own and stays. It asks for
 * nothing, which makes an Ollama load and answer at once. Its state lives on the event loop that began it; watchers
 * are told on their own loops.
 */
public final class ModelLoad implements BackendCall.Listener {
    /** A host gives a load five minutes without progress; queues before it come on top. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final int LONGEST_ERROR = 4096;

    /**
     * What is to be loaded.
     *
     * @param call method and path of a request that loads
     * @param body JSON of one that does nothing else
     * @param model what it loads
     */
    record Order(String call, String body, ModelName model) {}

    /** Who waits for a load. */
    public interface Watcher extends Guarded {
        /** @param failure null when the model is in memory, or when the host cannot say so before the real request */
        void loaded(@Nullable Failure failure);
    }

    private record Waiting(EventLoop eventLoop, Watcher watcher) {}

    private final Loop loop;
    private final Backend backend;
    private final Order order;
    private final Consumer<ModelLoad> atEnd;
    private volatile long since;
    private final long bytes;
    private final StringBuilder text = new StringBuilder();
    private final List<Waiting> watchers = new ArrayList<>();
    private boolean counted;
    private boolean over;
    private @Nullable Failure failure;
    private @Nullable Failure mismatch;

    ModelLoad(Loop loop, Backend backend, Order order, Consumer<ModelLoad> atEnd) {
        this.loop = loop;
        this.backend = backend;
        this.order = order;
        this.atEnd = atEnd;
        this.since = loop.now();
        var installed = backend.inventory().find(order.model);
        this.bytes = installed == null ? 0 : installed.row().path("size").asLong(0);
    }

    /** Whether it does what the order says. */
    boolean does(Order other) {
        return order.equals(other);
    }

    /** Begins. Any thread. */
    void begin() {
        loop.eventLoop().execute(this::start);
    }

    /** Begins; on its loop. */
    void start() {
        InternalFault.guard(this, () -> {
            since = loop.now();
            backend.loading(order.model, true);
            counted = true;
            byte[] body = order.body.getBytes(StandardCharsets.UTF_8);
            new BackendCall(loop, backend, CallRequest.json(order.call, body, PATIENCE), this).start();
        });
    }

    @Override
    public void fault(Throwable cause) {
        InternalFault.log("a model is loaded at " + backend.name(), cause);
        if (!over) {
            failure = new Failure(Failure.Kind.INTERNAL, "the proxy itself failed while the model was loaded");
            end();
        }
    }

    /** Tells the watcher on its loop, once, when the load is over. Any thread. */
    public void watch(EventLoop eventLoop, Watcher watcher) {
        Waiting waiting = new Waiting(eventLoop, watcher);
        loop.eventLoop().execute(() -> {
            if (over) {
                tell(waiting);
            } else {
                watchers.add(waiting);
            }
        });
    }

    /** Seconds until it is likely to be over, at least 1; 0 while the host's speed is not known. Any thread. */
    public int etaSeconds(long now) {
        double expected = backend.loadSpeed().expectedSeconds(bytes);
        return expected == 0 ? 0 : (int) Math.max(1, Math.ceil(expected - (now - since) / 1e9));
    }

    /** How far it is. Any thread. */
    LoadView standing(long now) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(now - since);
        return new LoadView(backend.name(), order.model.shortest(), seconds, etaSeconds(now));
    }

    @Override
    public void head(Response response) {
        mismatch = ExpectedAnswer.mismatch(Operation.GENERATE, false, response);
    }

    @Override
    public void payload(int status, ByteBuf piece) {
        if (text.length() < LONGEST_ERROR) {
            text.append(piece.toString(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void over(int status, @Nullable Failure broken) {
        if (broken != null || mismatch != null) {
            failure = broken != null ? broken : mismatch;
        } else if (status == 200) {
            backend.loadSpeed().observe(bytes, loop.now() - since);
            backend.loaded(order.model);
        } else {
            // A refusal that is about the request, not the host, will be said to the real request too.
            failure = ErrorAnswers.classify(status, text.toString(), false);
        }
        end();
    }

    private void end() {
        over = true;
        atEnd.accept(this);
        try {
            if (counted) {
                backend.loading(order.model, false);
            }
        } finally {
            watchers.forEach(this::tell);
            watchers.clear();
        }
    }

    private void tell(Waiting waiting) {
        Failure told = failure;
        waiting.eventLoop.execute(() -> InternalFault.guard(waiting.watcher, () -> waiting.watcher.loaded(told)));
    }
}

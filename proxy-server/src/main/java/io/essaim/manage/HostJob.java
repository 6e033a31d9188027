package io.essaim.manage;

import io.essaim.api.Failure;
import io.essaim.api.Printable;
import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.essaim.why.JobView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Long work of one host: a download, a push, or the making of a model. It belongs to no client: it goes on when
 * clients leave, and all clients that ask for the same work watch the same job. Its state lives on the event loop that
 * began it; watchers are told on their own loops.
 */
final class HostJob implements BackendCall.Listener {
    /** Checking gigabytes on a small board is silent work. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final int LONGEST_LINE = 64 * 1024;
    private static final JsonMapper JSON = new JsonMapper();

    /** Who follows a job; called on its own loop. */
    interface Watcher extends Guarded {
        EventLoop eventLoop();

        void progress(HostJob job, JsonNode line);

        /**
         * @param failure null when the host has done it
         * @param status the host's; 0 when it gave none
         */
        void over(HostJob job, @Nullable String failure, int status);
    }

    private final Loop loop;
    private final Backend backend;
    private final HostJobs.Work work;
    private final BackendCall call;
    private final Consumer<HostJob> atEnd;
    private final List<Watcher> watchers = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    /** Written on the loop only; the admin page looks at it from elsewhere. */
    private volatile @Nullable JsonNode last;

    private boolean succeeded;
    private boolean over;
    private int status;
    private @Nullable String failure;

    HostJob(Loop loop, Backend backend, HostJobs.Work work, Consumer<HostJob> atEnd) {
        this.loop = loop;
        this.backend = backend;
        this.work = work;
        this.atEnd = atEnd;
        byte[] body = work.body().getBytes(StandardCharsets.UTF_8);
        this.call = new BackendCall(loop, backend, CallRequest.json(work.call(), body, PATIENCE), this);
    }

    Backend backend() {
        return backend;
    }

    /** How far it is. Any thread. */
    JobView standing() {
        JsonNode said = last;
        JsonNode known = said == null ? JSON.createObjectNode() : said;
        return new JobView(
                backend.name(),
                work.call(),
                work.model().shortest(),
                Printable.of(known.path("status").asString("")),
                Math.max(0, known.path("completed").asLong(0)),
                Math.max(0, known.path("total").asLong(0)));
    }

    /** Begins; on its loop. */
    void start() {
        call.start();
    }

    /** From now on, and with the last line so far. Any thread. */
    void watch(Watcher watcher) {
        loop.eventLoop().execute(() -> {
            JsonNode known = last;
            if (known != null) {
                tell(watcher, () -> watcher.progress(this, known));
            }
            if (over) {
                tellEnd(watcher);
            } else {
                watchers.add(watcher);
            }
        });
    }

    /** The watcher is not to be told anything more; the job goes on. Any thread. */
    void unwatch(Watcher watcher) {
        loop.eventLoop().execute(() -> watchers.remove(watcher));
    }

    @Override
    public void payload(int status, ByteBuf piece) {
        for (byte b : ByteBufUtil.getBytes(piece)) {
            if (b == '\n') {
                lineOver();
            } else if (line.size() < LONGEST_LINE) {
                line.write(b);
            }
        }
    }

    private void lineOver() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (text.isBlank()) {
            return;
        }
        JsonNode parsed;
        try {
            parsed = JSON.readTree(text);
        } catch (JacksonException e) {
            failure = "it answered " + Printable.of(text);
            return;
        }
        String error = parsed.path("error").asString("");
        if (!error.isEmpty()) {
            failure = error;
        } else if (parsed.path("status").asString("").equals("success")) {
            succeeded = true;
        } else {
            last = parsed;
            watchers.forEach(w -> tell(w, () -> w.progress(this, parsed)));
        }
    }

    @Override
    public void over(int answered, @Nullable Failure broken) {
        lineOver();
        status = answered;
        if (failure == null && !succeeded) {
            failure = broken != null ? broken.message() : "it ended without saying that it succeeded (" + status + ")";
        }
        InventoryWait.await(
                loop, backend, known -> failure != null || work.shown().test(known), this::tellAll, this);
    }

    private void tellAll() {
        over = true;
        atEnd.accept(this);
        watchers.forEach(this::tellEnd);
        watchers.clear();
    }

    private static void tell(Watcher watcher, Runnable word) {
        watcher.eventLoop().execute(() -> InternalFault.guard(watcher, word));
    }

    @Override
    public void fault(Throwable cause) {
        InternalFault.log(work.call() + " at " + backend.name(), cause);
        if (!over) {
            failure = "the proxy itself failed, and does not know what became of it";
            tellAll();
        }
    }

    private void tellEnd(Watcher watcher) {
        String why = failure;
        int answered = status;
        tell(watcher, () -> watcher.over(this, why, answered));
    }
}

package io.essaim.fleet;

import io.essaim.model.ModelName;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The context lengths that models run with on one backend. An Ollama loads a model anew when a request asks for
 * another {@code num_ctx} than it runs with, and a request without one asks for the host's default (server/sched.go,
 * needsReload). The sources are {@code /api/ps} and the requests since. Any thread.
 */
public final class LoadedContexts {
    private static final int MOST_MODELS = 512;

    private final ConcurrentHashMap<String, Ran> ran = new ConcurrentHashMap<>();
    private final LongAdder caused = new LongAdder();
    private final LongAdder avoided = new LongAdder();

    /** The last good request: its context, null for the host's own, and when. */
    private record Ran(@Nullable Integer context, long at) {}

    /** A request with this context was answered. */
    public void ran(ModelName model, @Nullable Integer context, long now) {
        if (ran.size() >= MOST_MODELS) { // Names come from clients.
            ran.clear();
        }
        ran.put(model.key(), new Ran(context, now));
    }

    /** Whether a model that is loaded need not be loaded anew for this context; true where nothing is known against it. */
    boolean fits(ModelName model, @Nullable Integer context, Inventory known) {
        Ran last = ran.get(model.key());
        int listed = known.context(model.key());
        boolean listedSince = listed > 0 && (last == null || known.loadedAt() - last.at > 0);
        if (context == null) {
            return last == null || last.context == null || listedSince && listed != last.context;
        }
        if (listedSince) {
            return listed == context;
        }
        return last == null || context.equals(last.context);
    }

    /** The context that a loaded model is believed to run with, in tokens; null when that is not known, or is the host's own. */
    public @Nullable Integer running(ModelName model, Inventory known) {
        Ran last = ran.get(model.key());
        int listed = known.context(model.key());
        if (listed > 0 && (last == null || known.loadedAt() - last.at > 0)) {
            return listed;
        }
        return last == null ? null : last.context;
    }

    /** Models that something is remembered of. */
    int known() {
        return ran.size();
    }

    void caused() {
        caused.increment();
    }

    /** A request found the model in memory as it needs it, where another way would have had it loaded anew. */
    public void avoided() {
        avoided.increment();
    }

    /** Requests that made the host load a model anew that was in memory with another context. */
    public long reloadsCaused() {
        return caused.sum();
    }

    /** Requests that would have, had they gone to another host or as the client had asked. */
    public long reloadsAvoided() {
        return avoided.sum();
    }
}

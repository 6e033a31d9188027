package io.essaim.probe;

import io.essaim.api.Ticker;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Backend.Doubt;
import io.essaim.fleet.Backend.Health;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes one backend: liveness by {@code /api/version} (which takes no lock in Ollama, so it answers also while a
 * model loads), inventory by {@code /api/ps} and {@code /api/tags}. None of them loads a model.
 *
 * <p>A refused connection means down at once; silence means down only the second time. A missing list changes nothing:
 * Ollama's {@code /api/ps} waits for a load. Times are jittered by a fifth, so that replicas do not probe in step.
 *
 * <p>Confined to its event loop, but for {@link #doubted}.
 */
final class HostProbe {
    private static final Logger LOG = LoggerFactory.getLogger(HostProbe.class);
    private static final long ALIVE_MILLIS = 2000;
    private static final long LOADED_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long INSTALLED_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long SOON_MILLIS = 100;
    private static final int SILENCES = 2;

    private final Backend backend;
    private final ProbeClient client;
    private final EventLoop loop;
    private final Ticker ticker;
    private @Nullable ScheduledFuture<?> next;
    private boolean probing;
    private boolean stopped;
    private int silences;
    private long loadedAsked;
    private long installedAsked;
    private boolean asked;

    HostProbe(Backend backend, ProbeClient client, EventLoop loop, Ticker ticker) {
        this.backend = backend;
        this.client = client;
        this.loop = loop;
        this.ticker = ticker;
    }

    void start() {
        backend.watchedBy(this::doubted);
        probe();
    }

    void stop() {
        stopped = true;
        backend.watchedBy(doubt -> {});
        if (next != null) {
            next.cancel(false);
        }
        client.close();
    }

    /** A request has reason to doubt what is known. Any thread. */
    private void doubted(Doubt doubt) {
        loop.execute(() -> guarded(() -> {
            if (doubt == Doubt.INVENTORY) {
                asked = false;
            }
            schedule(SOON_MILLIS);
        }));
    }

    private void schedule(long millis) {
        if (stopped || probing) {
            return;
        }
        if (next != null) {
            if (next.getDelay(TimeUnit.MILLISECONDS) <= millis && !next.isDone()) {
                return;
            }
            next.cancel(false);
        }
        next = loop.schedule(() -> guarded(this::probe), millis, TimeUnit.MILLISECONDS);
    }

    private void probe() {
        if (stopped || probing) {
            return;
        }
        probing = true;
        boolean under = false;
        try {
            client.get("/api/version", this::version);
            under = true;
        } finally {
            if (!under) {
                again();
            }
        }
    }

    private void version(ProbeClient.Result result) {
        guarded(() -> judge(result));
        again();
    }

    /** What fails is over; the next probe comes all the same. */
    private void guarded(Runnable step) {
        InternalFault.each("probing " + backend.name(), step);
    }

    private void again() {
        probing = false;
        long jitter = ThreadLocalRandom.current().nextLong(-ALIVE_MILLIS / 5, ALIVE_MILLIS / 5 + 1);
        schedule(ALIVE_MILLIS + jitter);
    }

    private void judge(ProbeClient.Result result) {
        if (stopped) {
            return;
        }
        String version = result.status() == 200 ? ProbeAnswers.version(result.body()) : null;
        if (version != null) {
            alive(version);
        } else {
            silent(result);
        }
    }

    private void alive(String version) {
        silences = 0;
        boolean cameBack = backend.health() != Health.UP;
        if (!version.equals(backend.inventory().version())) {
            backend.learn(known -> known.withVersion(version));
        }
        if (cameBack) {
            LOG.info(
                    "{} is up: Ollama {} at {}",
                    backend.name(),
                    version,
                    backend.rule().url());
        }
        backend.up();
        lists(cameBack);
    }

    private void silent(ProbeClient.Result result) {
        silences++;
        boolean dead = result.refused() || silences >= SILENCES || backend.health() == Health.UNKNOWN;
        if (dead && backend.health() != Health.DOWN) {
            LOG.warn(
                    "{} is down: {} ({})",
                    backend.name(),
                    result.why(),
                    backend.rule().url());
            backend.down(result.why());
        }
    }

    private void lists(boolean now) {
        long time = ticker.nanos();
        boolean first = now || !asked;
        asked = true;
        if (first || time - installedAsked > INSTALLED_NANOS) {
            installedAsked = time;
            client.get(
                    "/api/tags",
                    r -> guarded(() -> {
                        var installed = r.status() == 200 ? ProbeAnswers.installed(r.body()) : null;
                        if (installed != null) {
                            backend.learn(known -> known.withInstalled(installed));
                        }
                    }));
        }
        if (first || time - loadedAsked > LOADED_NANOS) {
            loadedAsked = time;
            client.get(
                    "/api/ps",
                    r -> guarded(() -> {
                        var loaded = r.status() == 200 ? ProbeAnswers.loaded(r.body()) : null;
                        if (loaded != null) {
                            backend.learn(known -> known.withLoaded(loaded, ticker.nanos()));
                        }
                    }));
        }
    }
}

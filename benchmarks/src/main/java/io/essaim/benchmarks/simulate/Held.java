package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.config.Timeouts;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.learn.ReportedTimings;
import io.essaim.model.ModelName;
import io.essaim.selection.Choice.Taken;
import io.essaim.selection.FirstByteDeadline;
import io.essaim.selection.PromptEstimate;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A lease of the proxy's with the attempt that it is for. Tells it what a relay would see, at the end Ollama's last line. */
final class Held implements Place {
    private final Clock clock;
    private final Request request;
    private final Host host;
    private final Lease lease;
    private final Backend backend;
    private final ModelName model;
    private final PromptEstimate prompt;
    private final Timeouts timeouts;
    private final double since;
    private @Nullable Attempt attempt;
    private boolean loading;
    private double loadedAt;

    Held(Clock clock, Request request, Host host, Taken taken, PromptEstimate prompt, Timeouts timeouts) {
        this.clock = clock;
        this.request = request;
        this.host = host;
        this.lease = taken.lease();
        this.backend = taken.candidate().backend();
        this.model = taken.candidate().model();
        this.prompt = prompt;
        this.timeouts = timeouts;
        this.since = clock.now();
        this.loadedAt = since;
    }

    /**
     * It is on its way. A model that is not in memory is loaded by a request of the proxy's own, and this one waits for that: here
     * it waits inside the host, which takes as long.
     */
    void sent(Attempt whose) {
        attempt = whose;
        if (whose.over() || lease.warm() || backend.inventory().loaded() == null) {
            return;
        }
        loading = true;
        backend.loading(model, true);
        host.whenLoaded(request.model, () -> {
            if (loading) {
                loaded();
                lease.loaded();
            }
        });
    }

    private void loaded() {
        loading = false;
        loadedAt = clock.now();
        backend.loading(model, false);
        backend.loaded(model);
    }

    Backend backend() {
        return backend;
    }

    boolean begun() {
        return Objects.requireNonNull(attempt).begun();
    }

    boolean over() {
        return Objects.requireNonNull(attempt).over();
    }

    void fail(Failure failure) {
        Objects.requireNonNull(attempt).fail(failure);
    }

    /** As many parts as tokens came until now. */
    void progress() {
        if (begun() && !over()) {
            lease.progress((int) Math.round(Objects.requireNonNull(attempt).written()));
        }
    }

    @Override
    public double patience() {
        return FirstByteDeadline.firstByte(lease, Spoken.bodyBytes(request), true, timeouts) / 1e9;
    }

    @Override
    public void firstToken() {
        lease.firstToken(true);
        backend.contexts().ran(model, null, clock.nanos());
    }

    @Override
    public void finished(Attempt done) {
        lease.progress(request.outputTokens);
        prompt.answered(lease, timings(done));
        lease.end(Outcome.OK);
    }

    private ReportedTimings timings(Attempt done) {
        double came = Math.max(since + host.spec().overhead(), loadedAt);
        double ready = Math.min(done.job().startedAt, Math.max(came, host.loadedAt(request.model)));
        double first = done.firstAt();
        double end = clock.now();
        return new ReportedTimings(
                request.promptTokens,
                nanos(first - done.job().startedAt),
                request.outputTokens,
                nanos(end - first),
                nanos(ready - came),
                nanos(end - came));
    }

    private static long nanos(double seconds) {
        return Math.round(Math.max(0, seconds) * 1e9);
    }

    @Override
    public void failed(Failure failure) {
        if (loading) {
            loading = false;
            backend.loading(model, false);
        }
        lease.failed(failure, 0);
    }
}

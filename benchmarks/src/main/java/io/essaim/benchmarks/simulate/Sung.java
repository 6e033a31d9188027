package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Lease;
import io.essaim.learn.ReportedTimings;
import io.essaim.selection.Canary;

/** A canary inside a host, and what becomes of it. What it costs the host is simulated like any request. */
final class Sung implements Job.Owner {
    private static final double PATIENCE = 60;

    private final Clock clock;
    private final Host host;
    private final Lease lease;
    private final Job job;
    private double firstAt = Double.NaN;
    private boolean over;

    Sung(Clock clock, Host host, Canary canary, int model) {
        this.clock = clock;
        this.host = host;
        this.lease = canary.lease();
        this.job = new Job(Request.unheard(model, Canary.PROMPT_TOKENS, Canary.ANSWER_TOKENS, clock.now()), this);
    }

    void start() {
        job.sendTo(host, clock);
        clock.in(PATIENCE, () -> {
            if (!over && Double.isNaN(firstAt)) {
                host.cancel(job);
                end(new Failure(Kind.FIRST_TOKEN_TIMEOUT, "no first token in time"));
            }
        });
    }

    @Override
    public void firstToken() {
        if (!over) {
            firstAt = clock.now();
            lease.firstToken(true);
        }
    }

    @Override
    public void finished() {
        if (over) {
            return;
        }
        over = true;
        lease.progress(Canary.ANSWER_TOKENS);
        lease.answered(new ReportedTimings(
                Canary.PROMPT_TOKENS,
                nanos(firstAt - job.startedAt),
                Canary.ANSWER_TOKENS,
                nanos(clock.now() - firstAt),
                0,
                nanos(clock.now() - job.startedAt)));
        lease.end(Outcome.OK);
    }

    private static long nanos(double seconds) {
        return Math.round(Math.max(0, seconds) * 1e9);
    }

    @Override
    public void reset() {
        end(new Failure(Double.isNaN(firstAt) ? Kind.LOST : Kind.CUT, "connection reset"));
    }

    private void end(Failure failure) {
        if (!over) {
            over = true;
            lease.failed(failure, 0);
        }
    }
}

package io.essaim.benchmarks.simulate;

import io.essaim.selection.Candidate;

/** A request of the proxy's own that only brings a model into a host's memory. */
final class Warmed implements Job.Owner {
    private final Clock clock;
    private final Host host;
    private final Candidate candidate;
    private final Job job;
    private boolean over;

    Warmed(Clock clock, Host host, Candidate candidate, int model) {
        this.clock = clock;
        this.host = host;
        this.candidate = candidate;
        this.job = new Job(Request.unheard(model, 1, 1, clock.now()), this);
    }

    void start() {
        candidate.backend().loading(candidate.model(), true);
        job.sendTo(host, clock);
    }

    @Override
    public void firstToken() {
        candidate.backend().loaded(candidate.model());
        end();
    }

    @Override
    public void finished() {}

    @Override
    public void reset() {
        end();
    }

    private void end() {
        if (!over) {
            over = true;
            candidate.backend().loading(candidate.model(), false);
        }
    }
}

package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Lease;
import io.essaim.selection.ReadAhead;

/** A prompt that a host reads while it idles. What it costs the host is simulated like any request. */
final class Aloud implements Job.Owner {
    private final Clock clock;
    private final Host host;
    private final ReadAhead.Reading<Request> reading;
    private final Lease lease;
    private final Job job;
    private boolean over;

    Aloud(Clock clock, Host host, ReadAhead.Reading<Request> reading) {
        this.clock = clock;
        this.host = host;
        this.reading = reading;
        this.lease = reading.lease();
        this.job = new Job(reading.request().aloud(clock.now()), this);
    }

    void start() {
        job.sendTo(host, clock);
    }

    @Override
    public void firstToken() {
        if (!over) {
            lease.firstToken(true);
        }
    }

    @Override
    public void finished() {
        if (!over) {
            over = true;
            reading.prompt().read(lease);
            lease.end(Outcome.OK);
        }
    }

    @Override
    public void reset() {
        if (!over) {
            over = true;
            lease.failed(new Failure(Kind.LOST, "connection reset"), 0);
        }
    }
}

package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;

/** One try at one host. Ends once; what comes later does nothing. */
final class Attempt implements Job.Owner {
    /** A stream without a token for so long is broken off, whoever the policy is. */
    private static final double IDLE = 60;

    private static final double LOOK = 15;

    private final Proxy proxy;
    private final Clock clock;
    private final Request request;
    private final Host host;
    private final Place place;
    private final Job job;
    private final double sentAt;
    private double firstAt;
    private boolean begun;
    private boolean over;
    private double seen;
    private double seenAt;

    Attempt(Proxy proxy, Clock clock, Request request, Host host, Place place) {
        this.proxy = proxy;
        this.clock = clock;
        this.request = request;
        this.host = host;
        this.place = place;
        this.job = new Job(request, this);
        this.sentAt = clock.now();
    }

    void start() {
        clock.in(host.spec().overhead(), this::arrive);
        clock.in(place.patience(), () -> {
            if (!begun) {
                fail(new Failure(Kind.FIRST_TOKEN_TIMEOUT, "no first token in time"));
            }
        });
    }

    private void arrive() {
        if (!over && host.up()) {
            host.submit(job);
        } else {
            fail(new Failure(Kind.CONNECT_REFUSED, "connection refused"));
        }
    }

    @Override
    public void firstToken() {
        if (!over) {
            begun = true;
            firstAt = clock.now();
            seenAt = clock.now();
            place.firstToken();
            proxy.began(this);
            clock.in(LOOK, this::look);
        }
    }

    private void look() {
        if (over) {
            return;
        }
        double written = host.written(job);
        if (written > seen) {
            seen = written;
            seenAt = clock.now();
        }
        if (clock.now() - seenAt >= IDLE) {
            fail(new Failure(Kind.IDLE_TIMEOUT, "it stopped in the middle"));
        } else {
            clock.in(LOOK, this::look);
        }
    }

    @Override
    public void finished() {
        if (!over) {
            over = true;
            place.finished(this);
            proxy.finished(this);
        }
    }

    @Override
    public void reset() {
        fail(new Failure(begun ? Kind.CUT : Kind.LOST, "connection reset"));
    }

    /** Gives up on this host; before the first token another one may be asked. */
    void fail(Failure failure) {
        if (!over) {
            leave(failure);
            proxy.failed(this, failure);
        }
    }

    /** Nobody wants the answer any more. */
    void cancel() {
        if (!over) {
            leave(new Failure(Kind.CLIENT_GONE, "the client left"));
        }
    }

    private void leave(Failure failure) {
        over = true;
        proxy.paid(this, host.written(job));
        host.cancel(job);
        place.failed(failure);
    }

    Request request() {
        return request;
    }

    Host host() {
        return host;
    }

    Job job() {
        return job;
    }

    boolean begun() {
        return begun;
    }

    boolean over() {
        return over;
    }

    double sentAt() {
        return sentAt;
    }

    /** When the first token came. */
    double firstAt() {
        return firstAt;
    }

    /** Tokens that came so far. */
    double written() {
        return begun ? host.written(job) : 0;
    }
}

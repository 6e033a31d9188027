package io.essaim.benchmarks.simulate;

import org.jspecify.annotations.Nullable;

/** A request inside a host: waiting, running or over. */
final class Job {
    final Request request;
    final Owner owner;

    /** Null while it waits. */
    @Nullable
    Work work;

    /** Whether its first token is out. */
    boolean begun;

    double startedAt;
    int cached;

    /** Who sent it, and is told once of each. */
    interface Owner {
        void firstToken();

        void finished();

        /** The host died. */
        void reset();
    }

    Job(Request request, Owner owner) {
        this.request = request;
        this.owner = owner;
    }

    /** It is at the host when the network has carried it; a host that is dead then resets it. */
    void sendTo(Host host, Clock clock) {
        clock.in(host.spec().overhead(), () -> {
            if (host.up()) {
                host.submit(this);
            } else {
                owner.reset();
            }
        });
    }
}

package io.essaim.exchange;

import io.essaim.api.Failure.Outcome;
import io.essaim.choose.Prompt;
import io.essaim.fleet.Lease;
import io.essaim.learn.Findings;
import io.essaim.stream.Relay;

/** Tells a lease how its answer comes along, and what the whole of it teaches. Confined to the request's event loop. */
final class Teaching {
    private final Lease lease;
    private final Prompt prompt;
    private final boolean infers;
    private final boolean rest;
    private Findings findings = Findings.NONE;

    /**
     * @param infers whether the model runs for the request
     * @param rest whether the answer only goes on with another one: then it teaches speed, but neither length nor cache
     */
    Teaching(Lease lease, Prompt prompt, boolean infers, boolean rest) {
        this.rest = rest;
        this.lease = lease;
        this.prompt = prompt;
        this.infers = infers;
        if (!infers) {
            lease.teachesNothing();
        }
    }

    /** The answer is good enough to show. A refusal of the request says nothing of how fast the model is. */
    void begun(Relay answer) {
        if (good(answer)) {
            lease.firstToken(answer.streams() && infers);
        }
    }

    /** More of the answer came. */
    void more(Relay answer) {
        if (infers && good(answer)) {
            lease.progress(answer.end().frames());
        }
    }

    /** The answer is complete; ends the lease. */
    void complete(Relay answer) {
        boolean failed = answer.end().saidError();
        boolean teaches = infers && !rest && good(answer) && !failed;
        if (teaches) {
            findings = prompt.answered(lease, answer.end().timings());
        }
        lease.end(failed ? Outcome.FAIL : Outcome.OK);
    }

    /** What the whole answer showed; {@link Findings#NONE} until it came. */
    Findings findings() {
        return findings;
    }

    private static boolean good(Relay answer) {
        return answer.head().status() < 300;
    }
}

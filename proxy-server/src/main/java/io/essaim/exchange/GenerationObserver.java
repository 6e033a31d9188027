package io.essaim.exchange;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Lease;
import io.essaim.learn.GenerationFindings;
import io.essaim.selection.PromptEstimate;
import io.essaim.stream.Relay;

/**
 * Reports the progress of an answer to its lease, and at the end what the answer teaches. Confined to the request's
 * event loop.
 */
final class GenerationObserver {
    private final Lease lease;
    private final PromptEstimate prompt;
    private final boolean infers;
    private final boolean rest;
    private GenerationFindings findings = GenerationFindings.NONE;

    /**
     * @param infers whether the model runs for the request
     * @param rest whether the answer only goes on with another one: then it teaches speed, but neither length nor cache
     */
    GenerationObserver(Lease lease, PromptEstimate prompt, boolean infers, boolean rest) {
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

    /** What the whole answer showed; {@link GenerationFindings#NONE} until it came. */
    GenerationFindings findings() {
        return findings;
    }

    private static boolean good(Relay answer) {
        return answer.head().status() < 300;
    }
}

package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.benchmarks.simulate.Request.End;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What every policy has around it: clients who lose patience, one attempt at a time, another one only before the first token.
 */
final class Proxy {
    private final Clock clock;
    private final Policy policy;
    private final Wallet wallet;
    private final double patience;
    private final Consumer<Request> ended;
    private final Map<Request, Attempt> attempts = new HashMap<>();
    private int open;
    private int retries;

    /** @param ended is told of each request once */
    Proxy(Clock clock, Policy policy, Wallet wallet, double patience, Consumer<Request> ended) {
        this.clock = clock;
        this.policy = policy;
        this.wallet = wallet;
        this.patience = patience;
        this.ended = ended;
    }

    /** Requests under way. */
    int open() {
        return open;
    }

    int retries() {
        return retries;
    }

    void arrive(Request request) {
        open++;
        clock.in(patience, () -> {
            if (request.end() == null && !request.begun()) {
                Attempt attempt = attempts.get(request);
                if (attempt != null) {
                    attempt.cancel();
                }
                end(request, End.LEFT);
            }
        });
        policy.route(request, this);
    }

    /** The policy's decision: there. For a request whose client has left this does nothing but end the place. */
    Attempt send(Request request, Host host, Place place) {
        Attempt attempt = new Attempt(this, clock, request, host, place);
        if (request.end() != null) {
            attempt.cancel();
            return attempt;
        }
        request.tried.add(host);
        attempts.put(request, attempt);
        attempt.start();
        return attempt;
    }

    /** The policy's decision: nobody can take it. */
    void refuse(Request request) {
        if (request.end() == null) {
            end(request, End.REFUSED);
        }
    }

    void began(Attempt attempt) {
        attempt.request().began(clock.now());
    }

    void finished(Attempt attempt) {
        attempt.request().servedBy(attempt.job(), attempt.host());
        paid(attempt, attempt.request().outputTokens);
        end(attempt.request(), End.ANSWERED);
    }

    void paid(Attempt attempt, double written) {
        if (attempt.begun()) {
            wallet.pay(attempt.host(), attempt.request(), written);
        }
    }

    void failed(Attempt attempt, Failure failure) {
        Request request = attempt.request();
        if (attempt.begun()) {
            end(request, End.BROKEN);
        } else if (policy.again(request, failure)) {
            retries++;
            attempts.remove(request);
            policy.route(request, this);
        } else {
            end(request, End.REFUSED);
        }
    }

    private void end(Request request, End how) {
        request.end(how, clock.now());
        attempts.remove(request);
        open--;
        ended.accept(request);
    }
}

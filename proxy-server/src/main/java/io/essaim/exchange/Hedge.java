package io.essaim.exchange;

import io.essaim.api.Failure.Outcome;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientResponse;
import io.essaim.client.ExchangeRecord;
import io.essaim.fleet.Backend;
import io.essaim.selection.Choice;
import io.essaim.selection.HedgeBudget;
import io.essaim.selection.HedgePolicy;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.upstream.Loop;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hedged request: a second attempt beside a silent first one, for agents whose rule allows it, at most once in a
 * request and only before the answer begins. The first attempt with a good beginning wins; the other one is ended.
 * Confined to its event loop.
 */
final class Hedge implements Loop.Timed {
    private final Loop loop;
    private final ServingState state;
    private final HedgeBudget hedges;
    private final Plan plan;
    private final PromptEstimate prompt;
    private final Set<Backend> tried;
    private final ExchangeRecord.Builder log;
    private final ClientResponse reply;
    private final Consumer<Choice.Taken> asksToo;
    private @Nullable Attempt first;
    private @Nullable Attempt second;
    private long due;
    private boolean spent;

    /**
     * @param assignment of the request
     * @param tried backends that were asked; read when a second one is chosen
     * @param asksToo starts the second attempt
     */
    Hedge(
            AttemptContext assignment,
            Plan plan,
            PromptEstimate prompt,
            Set<Backend> tried,
            Consumer<Choice.Taken> asksToo) {
        this.loop = assignment.loop();
        this.state = assignment.state();
        this.hedges = state.choosing().hedges();
        this.plan = plan;
        this.prompt = prompt;
        this.tried = tried;
        this.log = assignment.log();
        this.reply = assignment.reply();
        this.asksToo = asksToo;
        ClientRequest ask = assignment.ask();
        boolean allowed = state.rules().agent(ask.agent()).profile().hedge();
        this.spent = !allowed || !ask.operation().infers() || !ask.operation().streams(ask.fields().stream());
        if (!spent) {
            hedges.request();
        }
    }

    /** An attempt is made; not while another one is under way. */
    void beside(Attempt attempt) {
        first = attempt;
        double seconds = HedgePolicy.afterSeconds(attempt.taken().lease());
        if (!spent && seconds < Double.POSITIVE_INFINITY) {
            due = loop.now() + (long) (seconds * 1e9);
            loop.watch(this);
        }
    }

    @Override
    public void sweep(long now) {
        if (now - due < 0) {
            return;
        }
        Attempt silent = Objects.requireNonNull(first);
        if (!silent.silent()) {
            loop.unwatch(this);
        } else if (hedges.any()
                && tried.size() < state.rules().limits().attempts()
                && state.choosing().queues().waiting() == 0) {
            Choice.Taken taken = HedgePolicy.second(plan, tried, prompt, silent.deadlines.restSeconds(now));
            if (taken != null) {
                taken.handTo(choice -> {
                    spent = true;
                    loop.unwatch(this);
                    hedges.sent();
                    asksToo.accept(taken);
                });
            }
        }
    }

    @Override
    public void fault(Throwable cause) {
        reply.fault(cause);
    }

    /** The second attempt is made, and not started yet. */
    void begins(Attempt attempt) {
        second = attempt;
        log.hedged(attempt.taken());
    }

    /** This attempt has a good answer: the other one, if there is one, is ended. */
    void answered(Attempt winner) {
        loop.unwatch(this);
        Attempt other = otherThan(winner);
        if (other != null) {
            boolean bySecond = winner == second;
            if (bySecond) {
                hedges.won();
            }
            log.hedgeOver(winner.backend(), bySecond);
            second = null;
            long now = loop.now();
            boolean hung = other.silent() && other.deadlines.pastHalf(now);
            other.end(
                    hung
                            ? Outcome.FAIL
                            : Outcome.NEUTRAL); // A host that was silent for more than half of its time failed.
        }
    }

    /** This attempt failed. Returns the other one, the only one from then on; null when there is none. */
    @Nullable
    Attempt failed(Attempt loser) {
        loop.unwatch(this);
        Attempt other = otherThan(loser);
        if (other != null) {
            log.hedgeOver(other.backend(), other == second);
            first = other;
            second = null;
        }
        return other;
    }

    private @Nullable Attempt otherThan(Attempt one) {
        return second == null ? null : one == second ? first : second;
    }

    /** Ends the second attempt, if there is one. The exchange ends the first. */
    void cancel() {
        loop.unwatch(this);
        if (second != null) {
            second.end(Outcome.NEUTRAL);
            second = null;
        }
    }
}

package io.essaim.exchange;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientResponse;
import io.essaim.client.ExchangeRecord;
import io.essaim.client.ModelMissing;
import io.essaim.client.TraceHeaders;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.stream.Relay;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of an exchange without an answer: one line in the access log, and one error to the client. Confined to its
 * event loop.
 */
final class FailureResponse {
    private final ClientRequest ask;
    private final Plan plan;
    private final PromptEstimate prompt;
    private final ClientResponse reply;
    private final ExchangeRecord.Builder log;
    private @Nullable Failure lastFailure;
    private @Nullable Relay lastAnswer;

    FailureResponse(
            ClientRequest ask, Plan plan, PromptEstimate prompt, ClientResponse reply, ExchangeRecord.Builder log) {
        this.ask = ask;
        this.prompt = prompt;
        this.plan = plan;
        this.reply = reply;
        this.log = log;
    }

    /**
     * A backend failed: the latest counts.
     *
     * @param answer its own error, complete and held; taken over
     */
    void keep(Failure failure, @Nullable Relay answer) {
        drop();
        lastFailure = failure;
        lastAnswer = answer;
    }

    /** Why the latest backend failed; null before any did. */
    @Nullable
    Failure failure() {
        return lastFailure;
    }

    /** Forgets the latest backend's own error. */
    void drop() {
        if (lastAnswer != null) {
            lastAnswer.discard();
            lastAnswer = null;
        }
    }

    /** The answer had begun: one error frame in the client's own words, then no proper end. */
    void breakOff(Failure failure, String why, int attempts) {
        drop();
        log.end(failure, attempts);
        if (failure.kind() == Kind.CLIENT_STALLED) {
            reply.drop();
        } else {
            reply.breakOff(failure.status(), why);
        }
    }

    /** There is no answer: nobody could take it, or else the latest failure is why. */
    void over(@Nullable Failure failed, Choice.@Nullable Refused refused, int attempts) {
        if (refused != null) {
            refuse(refused, attempts);
        } else {
            giveUp(Objects.requireNonNull(failed), attempts);
        }
    }

    /** Nobody could take it. */
    private void refuse(Choice.Refused why, int attempts) {
        drop();
        Choice.Refused refused = why.naming(plan);
        log.refused(refused, plan, prompt);
        List<String> own = TraceHeaders.fields(ask.id(), attempts);
        own.add("X-Essaim-Reason: " + refused.reason().word());
        if (refused.retryAfterSeconds() > 0) {
            own.add("Retry-After: " + refused.retryAfterSeconds());
        }
        String text = refused.reason() == Choice.Reason.NO_SUCH_MODEL
                ? ModelMissing.text(ask.operation(), ask.wanted().asked()) + plan.note()
                : refused.message() + log.aside();
        reply.error(refused.status(), text, own);
    }

    /** Nothing else to try: the last backend's own error if there is one, else a sentence of ours. */
    private void giveUp(Failure failure, int attempts) {
        boolean nobodys = failure.kind() == Kind.INTERNAL || failure.kind() == Kind.SHUTTING_DOWN;
        if (nobodys) {
            drop(); // What some backend said before is not why.
        }
        Relay answer = lastAnswer;
        lastAnswer = null;
        log.end(failure, attempts);
        List<String> own = TraceHeaders.fields(ask.id(), attempts);
        own.add("X-Essaim-Reason: " + (failure.kind() == Kind.INTERNAL ? "internal" : Choice.Reason.ALL_FAILED.word()));
        if (answer != null) {
            reply.pass(answer, own);
        } else {
            String text = attempts == 0 || nobodys
                    ? failure.message()
                    : "no backend could answer: " + log.mishaps() + plan.note() + log.aside();
            reply.error(failure.status(), text, own);
        }
    }
}

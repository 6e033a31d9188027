package io.essaim.relay;

import io.essaim.api.Failure;
import io.essaim.choose.Choice;
import io.essaim.choose.Plan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How an exchange ends that has no answer: one line in the log, one honest error to the client. Confined to its event loop. */
final class Ending {
    private final Ask ask;
    private final Plan plan;
    private final Reply reply;
    private final ExchangeRecord.Builder log;

    Ending(Ask ask, Plan plan, Reply reply, ExchangeRecord.Builder log) {
        this.ask = ask;
        this.plan = plan;
        this.reply = reply;
        this.log = log;
    }

    /** Nobody could take it. */
    void refuse(Choice.Refused refused, int attempts) {
        log.refused(refused);
        List<String> own = Trace.fields(ask.id(), attempts, null);
        own.add("X-Essaim-Reason: " + refused.reason().word());
        if (refused.retryAfterSeconds() > 0) {
            own.add("Retry-After: " + refused.retryAfterSeconds());
        }
        String text = refused.reason() == Choice.Reason.NO_SUCH_MODEL
                ? ModelMissing.text(ask.operation(), ask.wanted().asked()) + plan.note()
                : refused.message();
        reply.error(refused.status(), text, own);
    }

    /**
     * Nothing else to try: the backend's own error if there is one, else a sentence of ours.
     *
     * @param answer the last backend's error; taken over
     */
    void giveUp(Failure failure, @Nullable Relay answer, int attempts) {
        log.end(failure, attempts);
        List<String> own = Trace.fields(ask.id(), attempts, null);
        own.add("X-Essaim-Reason: " + Choice.Reason.ALL_FAILED.word());
        if (answer != null) {
            reply.pass(answer, own);
        } else {
            String text = attempts == 0 ? failure.message() : "no backend could answer: " + log.mishaps() + plan.note();
            reply.error(failure.status(), text, own);
        }
    }
}

package io.essaim.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One dialect's answer to one request, streamed or whole. Called on the event loop of the host. */
interface AnswerSink {
    /** A piece of text or thought; it may be empty only with logprobs. */
    void text(String piece, boolean thinking, @Nullable List<?> logprobs);

    void toolCall(TokenFeed.ToolCall call);

    /** The proper end. {@code context} is the conversation as tokens, for the dialects that send it. */
    void done(String reason, Counters counters, int[] context);

    /** The model is loaded (or unloaded) and there was nothing to say. */
    void idle(String reason);

    /** A proper end of the framing without a terminal frame, as after 30 equal tokens. */
    void endWithoutDone();

    /** Refused before the model ran. */
    void refuse(Refusal refusal);

    /** Refused by the runner: an own status if nothing was sent yet, else the dialect's way to break off. */
    void fail(Refusal refusal);

    /** Spoils the next line (streamed) or the body (whole). */
    void malform();
}

package io.essaim.exchange;

import io.essaim.choose.Affinity;
import io.essaim.choose.Prompt;
import io.essaim.client.Ask;
import io.essaim.learn.Demand;
import io.essaim.model.PromptFields;
import io.essaim.model.Span;
import io.netty.buffer.ByteBuf;

/** How large a client's request is, and which conversation it goes on with. */
final class Sizing {
    private Sizing() {}

    /**
     * The request as it can be foreseen.
     *
     * @param body the client's whole body, a heap buffer; not read later
     * @param streaming whether the client asked for a stream
     */
    static Prompt prompt(Affinity affinity, Ask ask, ByteBuf body, boolean streaming) {
        if (!ask.operation().infers()) {
            return Prompt.of(new Demand(0, -1, 0, false));
        }
        PromptFields said = ask.fields().prompt();
        Demand demand = new Demand(
                body.readableBytes(),
                -1,
                ask.operation().canStream() ? ask.fields().mostTokens() : 0,
                streaming);
        Span conversation = said.conversation();
        if (conversation == null || conversation.to() - conversation.from() < 2) {
            return Prompt.of(demand);
        }
        int start = body.arrayOffset() + body.readerIndex();
        int length = conversation.to() - conversation.from() - 1; // Without the bracket: the next turn goes on there.
        return Prompt.of(
                demand,
                affinity,
                affinity.conversation(scope(affinity, ask, body), body.array(), start + conversation.from(), length));
    }

    /** What stands before the conversation, and who may share what a backend has read: the same agent alone. */
    private static String scope(Affinity affinity, Ask ask, ByteBuf body) {
        StringBuilder scope = new StringBuilder(ask.agent())
                .append('\n')
                .append(ask.wanted().model().key());
        scope.append('\n').append(ask.operation().path());
        for (Span span : ask.fields().prompt().before()) {
            int from = body.arrayOffset() + body.readerIndex() + span.from();
            scope.append('\n').append(affinity.digest(body.array(), from, span.to() - span.from()));
        }
        return scope.toString();
    }
}

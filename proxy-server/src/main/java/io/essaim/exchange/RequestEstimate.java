package io.essaim.exchange;

import io.essaim.client.ClientRequest;
import io.essaim.learn.RequestSize;
import io.essaim.model.ByteSpan;
import io.essaim.model.PromptFields;
import io.essaim.selection.PrefixAffinity;
import io.essaim.selection.PromptEstimate;
import io.netty.buffer.ByteBuf;

/** The size of a client's request, and the conversation that it continues. */
final class RequestEstimate {
    private RequestEstimate() {}

    /**
     * The request as it can be foreseen.
     *
     * @param body the client's whole body, a heap buffer; not read later
     * @param streaming whether the client asked for a stream
     */
    static PromptEstimate prompt(PrefixAffinity affinity, ClientRequest ask, ByteBuf body, boolean streaming) {
        if (!ask.operation().infers()) {
            return PromptEstimate.of(new RequestSize(0, -1, 0, false));
        }
        PromptFields said = ask.fields().prompt();
        RequestSize demand = new RequestSize(
                body.readableBytes(),
                -1,
                ask.operation().canStream() ? ask.fields().mostTokens() : 0,
                streaming);
        ByteSpan conversation = said.conversation();
        if (conversation == null || conversation.to() - conversation.from() < 2) {
            return PromptEstimate.of(demand);
        }
        int start = body.arrayOffset() + body.readerIndex();
        int length = conversation.to() - conversation.from() - 1; // Without the bracket: the next turn goes on there.
        return PromptEstimate.of(
                demand,
                affinity,
                affinity.conversation(scope(affinity, ask, body), body.array(), start + conversation.from(), length));
    }

    /** What stands before the conversation, and who may share what a backend has read: the same agent alone. */
    private static String scope(PrefixAffinity affinity, ClientRequest ask, ByteBuf body) {
        StringBuilder scope = new StringBuilder(ask.agent())
                .append('\n')
                .append(ask.wanted().model().key());
        scope.append('\n').append(ask.operation().path());
        for (ByteSpan span : ask.fields().prompt().before()) {
            int from = body.arrayOffset() + body.readerIndex() + span.from();
            scope.append('\n').append(affinity.digest(body.array(), from, span.to() - span.from()));
        }
        return scope.toString();
    }
}

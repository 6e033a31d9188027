package io.essaim.relay;

import io.essaim.api.Operation;
import io.essaim.choose.Candidate;
import io.essaim.choose.Wanted;
import io.essaim.model.BodyScan;
import io.essaim.model.RefusedBody;
import io.essaim.model.RequestFields;
import io.netty.buffer.ByteBuf;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of a whole request: an answer at once, or an {@link Exchange}. Any loop. */
final class Reception {
    private Reception() {}

    /**
     * Answers the client, or says what is to be done.
     *
     * @param body the whole body, taken over; null when the client hands it on ({@link Client#bodyTo})
     * @return what is to be started; null when the client has its answer
     */
    static @Nullable UnderWay receive(Client client, Loop loop, Gatekeeper.Admit admit, @Nullable ByteBuf body) {
        Operation operation = admit.operation();
        Shared shared = loop.shared();
        if (body == null) {
            return Management.upload(client, loop, admit, RouteId.next());
        }
        if (!FirstLook.needless(operation) && !shared.firstLook().isOver(shared.fleet(), loop.now())) {
            return new EarlyRequest(client, loop, admit, body);
        }
        RouteId id = RouteId.next();
        if (operation == Operation.BLOB && admit.request().method().equals("POST")) {
            body.release(); // An empty one.
            return Management.upload(client, loop, admit, id);
        }
        if (operation.manages()) {
            return Management.receive(client, loop, admit, body, id);
        }
        if (!operation.relayed()) {
            return answered(
                    client,
                    body,
                    LocalAnswers.to(operation, admit.request().path(), shared).traced(id));
        }
        return forModel(client, loop, admit, body, id);
    }

    private static @Nullable UnderWay forModel(
            Client client, Loop loop, Gatekeeper.Admit admit, ByteBuf body, RouteId id) {
        Operation operation = admit.operation();
        Shared shared = loop.shared();
        RequestFields fields;
        try {
            fields = BodyScan.scan(
                    body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes(), operation);
        } catch (RefusedBody e) {
            return answered(client, body, malformed(operation, e, id));
        }
        Wanted wanted = fields.model() == null
                ? null
                : Wanted.read(fields.model(), shared.rules()).orElse(null);
        if (wanted == null) {
            return answered(
                    client, body, BadModel.answer(operation, fields.model(), id).traced(id));
        }
        Caller caller = admit.caller().as(wanted.agent());
        if (operation.needsProof() && !caller.proven(shared.rules())) {
            return answered(client, body, Gatekeeper.unproven(operation, caller).traced(id));
        }
        BiConsumer<Candidate, byte[]> keeper = null;
        if (operation == Operation.SHOW) {
            Shows.Question question = Shows.Question.of(wanted, admit.request(), body);
            byte[] known = question == null ? null : shared.shows().answer(question);
            if (known != null) {
                return answered(client, body, Answer.json(known).traced(id));
            }
            keeper = question == null ? null : (from, answer) -> shared.shows().keep(question, from, answer);
        }
        return new Exchange(
                client, loop, new Exchange.Ask(operation, fields, wanted, caller.agent(), id, keeper), body);
    }

    private static @Nullable UnderWay answered(Client client, ByteBuf body, Answer answer) {
        body.release();
        client.answer(answer);
        return null;
    }

    private static Answer malformed(Operation operation, RefusedBody refused, RouteId id) {
        return Answer.error(operation.surface(), 400, refused.text(), id.toString())
                .closing()
                .traced(id)
                .with("X-Essaim-Reason: " + refused.reason());
    }
}

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
            body.release();
            client.answer(
                    LocalAnswers.to(operation, admit.request().path(), shared).traced(id));
            return null;
        }
        RequestFields fields;
        try {
            fields = BodyScan.scan(
                    body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes(), operation);
        } catch (RefusedBody e) {
            body.release();
            client.answer(Answer.error(operation.surface(), 400, e.text(), id.toString())
                    .closing()
                    .traced(id)
                    .with("X-Essaim-Reason: " + e.reason()));
            return null;
        }
        Wanted wanted = fields.model() == null
                ? null
                : Wanted.read(fields.model(), shared.rules()).orElse(null);
        if (wanted == null) {
            body.release();
            client.answer(BadModel.answer(operation, fields.model(), id).traced(id));
            return null;
        }
        Caller caller = admit.caller().as(wanted.agent());
        if (operation.needsProof() && !caller.proven(shared.rules())) {
            body.release();
            client.answer(Gatekeeper.unproven(operation, caller).traced(id));
            return null;
        }
        BiConsumer<Candidate, byte[]> keeper = null;
        if (operation == Operation.SHOW) {
            Shows.Question question = Shows.Question.of(wanted, admit.request(), body);
            byte[] known = question == null ? null : shared.shows().answer(question);
            if (known != null) {
                body.release();
                client.answer(Answer.json(known).traced(id));
                return null;
            }
            keeper = question == null ? null : (from, answer) -> shared.shows().keep(question, from, answer);
        }
        return new Exchange(
                client, loop, new Exchange.Ask(operation, fields, wanted, caller.agent(), id, keeper), body);
    }
}

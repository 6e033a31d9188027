package io.essaim.frontend;

import io.essaim.admit.Entry;
import io.essaim.admit.Pass;
import io.essaim.api.Operation;
import io.essaim.choose.Choice;
import io.essaim.choose.Wanted;
import io.essaim.client.Ask;
import io.essaim.client.Client;
import io.essaim.client.CloudWish;
import io.essaim.client.ModelMissing;
import io.essaim.client.UnderWay;
import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import io.essaim.exchange.Exchange;
import io.essaim.fleet.CloudModel;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.manage.Management;
import io.essaim.model.BodyScan;
import io.essaim.model.RefusedBody;
import io.essaim.model.RequestFields;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
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
    static @Nullable UnderWay receive(
            Client client, Loop loop, Services services, Gatekeeper.Admit admit, @Nullable ByteBuf body) {
        try {
            return received(client, loop, services, admit, body);
        } catch (RuntimeException | Error e) {
            if (body != null && body.refCnt() > 0) {
                body.release();
            }
            throw e;
        }
    }

    private static @Nullable UnderWay received(
            Client client, Loop loop, Services services, Gatekeeper.Admit admit, @Nullable ByteBuf body) {
        Operation operation = admit.operation();
        if (body == null) {
            return Management.upload(client, loop, services.managed(), RouteId.next());
        }
        if (!FirstLook.needless(operation) && !services.hostsLookedAt(loop.now())) {
            return new EarlyRequest(client, loop, services, admit, body);
        }
        RouteId id = RouteId.next();
        if (operation == Operation.BLOB && admit.request().method().equals("POST")) {
            body.release(); // An empty one.
            return Management.upload(client, loop, services.managed(), id);
        }
        if (operation.manages()) {
            return Management.receive(client, loop, services.managed(), operation, body, id);
        }
        if (!operation.relayed()) {
            return answered(
                    client, body, LocalAnswers.to(operation, admit, services).traced(id));
        }
        return forModel(client, loop, services, admit, body, id);
    }

    private static @Nullable UnderWay forModel(
            Client client, Loop loop, Services services, Gatekeeper.Admit admit, ByteBuf body, RouteId id) {
        Operation operation = admit.operation();
        RequestFields fields;
        try {
            fields = BodyScan.scan(
                    body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes(), operation);
        } catch (RefusedBody e) {
            return answered(client, body, malformed(operation, e, id));
        }
        Rules rules = services.rules();
        Wanted said = said(fields, rules);
        Caller caller = admit.caller().as(said == null ? null : said.agent());
        AgentRule agent = rules.agent(caller.agent());
        Wanted wanted = said == null && fields.model() != null ? null : Wanted.orDefault(said, agent, rules);
        if (wanted == null) {
            return answered(
                    client, body, BadModel.answer(operation, fields.model(), id).traced(id));
        }
        Answer no = noRight(operation, caller, wanted, rules, id);
        if (no != null) {
            return answered(client, body, no.traced(id));
        }
        Entry entry = operation.infers() ? services.quotas().enter(agent) : Pass.UNCOUNTED;
        if (entry instanceof Entry.Refused refused) {
            return answered(client, body, tooMuch(operation, refused.why(), id).traced(id));
        }
        Pass pass = (Pass) entry;
        try {
            CloudWish wish = wish(services, operation, caller.agent(), wanted);
            Ask ask = new Ask(operation, fields, wanted, wish, caller.agent(), caller.address(), id, pass, null);
            return operation == Operation.SHOW
                    ? show(client, loop, services, caller, body, ask)
                    : new Exchange(client, loop, services.serving(), ask, body);
        } catch (RuntimeException | Error e) {
            pass.end(0);
            throw e;
        }
    }

    private static CloudWish wish(Services services, Operation operation, String agent, Wanted wanted) {
        return CloudWish.of(
                services.rules().cloudsOf(agent), operation, wanted, model -> services.meansCloud(agent, model));
    }

    /** What is known of a model, or a host says. */
    private static @Nullable UnderWay show(
            Client client, Loop loop, Services services, Caller caller, ByteBuf body, Ask ask) {
        Wanted wanted = ask.wanted();
        CloudModel cloud = services.listings().cloud(caller, services.rules(), wanted.model());
        if (cloud != null) {
            return answered(
                    client, body, Answer.json(cloud.show(wanted.asked())).traced(ask.id()));
        }
        Shows shows = services.shows();
        Shows.Question question = Shows.Question.of(wanted, client.request(), body);
        byte[] known = question == null
                ? null
                : shows.answer(question, services.listings().to(caller, services.rules()));
        if (known != null) {
            return answered(client, body, Answer.json(known).traced(ask.id()));
        }
        Ask kept = question == null ? ask : ask.kept((from, answer) -> shows.keep(question, from, answer));
        return new Exchange(client, loop, services.serving(), kept, body);
    }

    private static @Nullable Wanted said(RequestFields fields, Rules rules) {
        return fields.model() == null
                ? null
                : Wanted.read(fields.model(), rules).orElse(null);
    }

    /** The answer to an agent that shows no key of its own, or for which there is no such model; null when all is well. */
    private static @Nullable Answer noRight(
            Operation operation, Caller caller, Wanted wanted, Rules rules, RouteId id) {
        if (operation.needsProof() && !caller.proven(rules)) {
            return Gatekeeper.unproven(operation, caller, rules);
        }
        return rules.mayUse(rules.agent(caller.agent()), wanted.model())
                ? null
                : ModelMissing.answer(operation, wanted.asked(), id);
    }

    private static @Nullable UnderWay answered(Client client, ByteBuf body, Answer answer) {
        body.release();
        client.answer(answer);
        return null;
    }

    private static Answer tooMuch(Operation operation, Choice.Refused why, RouteId id) {
        return Answer.error(operation.surface(), why.status(), why.message(), id.toString())
                .with("X-Essaim-Reason: " + why.reason().word())
                .with("Retry-After: " + why.retryAfterSeconds());
    }

    private static Answer malformed(Operation operation, RefusedBody refused, RouteId id) {
        return Answer.error(operation.surface(), 400, refused.text(), id.toString())
                .closing()
                .traced(id)
                .with("X-Essaim-Reason: " + refused.reason());
    }
}

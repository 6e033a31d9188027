package io.essaim.frontend;

import io.essaim.admission.QuotaDecision;
import io.essaim.admission.QuotaPermit;
import io.essaim.api.Operation;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientStream;
import io.essaim.client.CloudPreference;
import io.essaim.client.ModelMissing;
import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import io.essaim.exchange.Exchange;
import io.essaim.fleet.CloudModel;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.manage.Management;
import io.essaim.model.BodyScan;
import io.essaim.model.InvalidBody;
import io.essaim.model.RequestFields;
import io.essaim.selection.Choice;
import io.essaim.selection.RequestedModel;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of a whole request: an answer at once, an order to hosts, or an {@link Exchange}. Any loop. */
final class RequestDispatcher {
    private RequestDispatcher() {}

    /**
     * Answers the client, or says what is to be done.
     *
     * @param body the whole body, taken over; null when the client hands it on ({@link ClientStream#bodyTo})
     * @return what is to be started; null when the client has its answer
     */
    static @Nullable ActiveRequest receive(
            ClientStream client,
            Loop loop,
            FrontendServices services,
            AdmissionControl.Admit admit,
            @Nullable ByteBuf body) {
        try {
            return received(client, loop, services, admit, body);
        } catch (RuntimeException | Error e) {
            if (body != null && body.refCnt() > 0) {
                body.release();
            }
            throw e;
        }
    }

    private static @Nullable ActiveRequest received(
            ClientStream client,
            Loop loop,
            FrontendServices services,
            AdmissionControl.Admit admit,
            @Nullable ByteBuf body) {
        Operation operation = admit.operation();
        if (body == null) {
            return Management.upload(client, loop, services.managed(), RouteId.next());
        }
        if (!FirstProbe.needless(operation) && !services.hostsLookedAt(loop.now())) {
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

    private static @Nullable ActiveRequest forModel(
            ClientStream client,
            Loop loop,
            FrontendServices services,
            AdmissionControl.Admit admit,
            ByteBuf body,
            RouteId id) {
        Operation operation = admit.operation();
        RequestFields fields;
        try {
            fields = BodyScan.scan(
                    body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes(), operation);
        } catch (InvalidBody e) {
            return answered(client, body, malformed(operation, e, id));
        }
        Rules rules = services.rules();
        RequestedModel said = said(fields, rules);
        Caller caller = admit.caller().as(said == null ? null : said.agent());
        AgentRule agent = rules.agent(caller.agent());
        RequestedModel wanted =
                said == null && fields.model() != null ? null : RequestedModel.orDefault(said, agent, rules);
        if (wanted == null) {
            return answered(
                    client, body, BadModel.answer(operation, fields.model(), id).traced(id));
        }
        Answer no = noRight(operation, caller, wanted, rules, id);
        if (no != null) {
            return answered(client, body, no.traced(id));
        }
        QuotaDecision entry = operation.infers() ? services.quotas().enter(agent) : QuotaPermit.UNCOUNTED;
        if (entry instanceof QuotaDecision.Refused refused) {
            return answered(client, body, tooMuch(operation, refused.why(), id).traced(id));
        }
        QuotaPermit pass = (QuotaPermit) entry;
        try {
            CloudPreference wish = wish(services, operation, caller.agent(), wanted);
            ClientRequest ask = new ClientRequest(
                    operation, fields, wanted, wish, caller.agent(), caller.address(), id, pass, null);
            return operation == Operation.SHOW
                    ? show(client, loop, services, caller, body, ask)
                    : new Exchange(client, loop, services.serving(), ask, body);
        } catch (RuntimeException | Error e) {
            pass.end(0);
            throw e;
        }
    }

    private static CloudPreference wish(
            FrontendServices services, Operation operation, String agent, RequestedModel wanted) {
        return CloudPreference.of(
                services.rules().cloudsOf(agent), operation, wanted, model -> services.meansCloud(agent, model));
    }

    /** What is known of a model, or a host says. */
    private static @Nullable ActiveRequest show(
            ClientStream client, Loop loop, FrontendServices services, Caller caller, ByteBuf body, ClientRequest ask) {
        RequestedModel wanted = ask.wanted();
        CloudModel cloud = services.listings().cloud(caller, services.rules(), wanted.model());
        if (cloud != null) {
            return answered(
                    client, body, Answer.json(cloud.show(wanted.asked())).traced(ask.id()));
        }
        ShowCache shows = services.shows();
        ShowCache.Question question = ShowCache.Question.of(wanted, client.request(), body);
        byte[] known = question == null
                ? null
                : shows.answer(question, services.listings().to(caller, services.rules()));
        if (known != null) {
            return answered(client, body, Answer.json(known).traced(ask.id()));
        }
        ClientRequest kept = question == null ? ask : ask.kept((from, answer) -> shows.keep(question, from, answer));
        return new Exchange(client, loop, services.serving(), kept, body);
    }

    private static @Nullable RequestedModel said(RequestFields fields, Rules rules) {
        return fields.model() == null
                ? null
                : RequestedModel.read(fields.model(), rules).orElse(null);
    }

    /** The answer to an agent that shows no key of its own, or for which there is no such model; null when all is well. */
    private static @Nullable Answer noRight(
            Operation operation, Caller caller, RequestedModel wanted, Rules rules, RouteId id) {
        if (operation.needsProof() && !caller.proven(rules)) {
            return AdmissionControl.unproven(operation, caller, rules);
        }
        return rules.mayUse(rules.agent(caller.agent()), wanted.model())
                ? null
                : ModelMissing.answer(operation, wanted.asked(), id);
    }

    private static @Nullable ActiveRequest answered(ClientStream client, ByteBuf body, Answer answer) {
        body.release();
        client.answer(answer);
        return null;
    }

    private static Answer tooMuch(Operation operation, Choice.Refused why, RouteId id) {
        return Answer.error(operation.surface(), why.status(), why.message(), id.toString())
                .with("X-Essaim-Reason: " + why.reason().word())
                .with("Retry-After: " + why.retryAfterSeconds());
    }

    private static Answer malformed(Operation operation, InvalidBody refused, RouteId id) {
        return Answer.error(operation.surface(), 400, refused.text(), id.toString())
                .closing()
                .traced(id)
                .with("X-Essaim-Reason: " + refused.reason());
    }
}

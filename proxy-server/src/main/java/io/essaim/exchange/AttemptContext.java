package io.essaim.exchange;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientResponse;
import io.essaim.client.ClientStream;
import io.essaim.client.ExchangeRecord;
import io.essaim.config.Zone;
import io.essaim.http.Response;
import io.essaim.recovery.StreamRescue;
import io.essaim.selection.Candidate;
import io.essaim.selection.Choice;
import io.essaim.stream.AnswerTap;
import io.essaim.stream.ModelNameRewriter;
import io.essaim.stream.PayloadFilter;
import io.essaim.stream.Relay;
import io.essaim.upstream.BackendRequest;
import io.essaim.upstream.BodyEdit;
import io.essaim.upstream.BodyEdits;
import io.essaim.upstream.Loop;
import io.essaim.warm.ColdStart;
import io.essaim.warm.ModelLoad;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts of one request share: the edits of the body, the load that must come first, and the filters that
 * the answer passes. Confined to the request's event loop.
 */
record AttemptContext(
        ClientStream client,
        Loop loop,
        ServingState state,
        ClientRequest ask,
        BodyEdits asking,
        @Nullable StreamRescue rescue,
        ClientResponse reply,
        ExchangeRecord.Builder log) {

    /** Whether the answer has begun, and is to go on with another backend's. */
    boolean goesOn() {
        return rescue != null && rescue.wanted();
    }

    /** Whether the client cannot read chunks. */
    boolean bare() {
        return client.request().http10();
    }

    /** The request goes to this backend: what is changed in its body for that. */
    List<BodyEdit> sending(Candidate candidate) {
        log.sent();
        return rescue == null ? asking.edits(candidate) : rescue.added(asking.edits(candidate));
    }

    /**
     * Why this backend must not be sent the request after all: what is known of its models may have changed since the plan was made.
     * Null when it may.
     */
    @Nullable
    Failure barred(Candidate candidate) {
        Zone zone = state.rules().agent(ask.agent()).profile().zone();
        if (zone == null || zone.admitsRemote()) {
            return null;
        }
        if (!candidate.backend().inventory().known()) {
            return new Failure(Kind.HOST_DOWN, "what it has is not known yet, and may be a cloud's");
        }
        return candidate.remote()
                ? new Failure(Kind.MODEL_MISSING, "it would send the prompt to a cloud, beyond the agent's zone")
                : null;
    }

    /** The load that the attempt has to wait for; null when the model is in memory as far as is known. */
    @Nullable
    ModelLoad load(Choice.Taken taken, BackendRequest request) {
        ModelLoad load = ColdStart.load(request, taken, asking, state.loads(), loop);
        if (load != null) {
            reply.awaits(load::etaSeconds);
            log.loading(load.etaSeconds(loop.now()));
        }
        return load;
    }

    /** The body of an answer on its way to the client; a good one says the model as he wrote it. */
    Relay relay(Candidate from, Response response) {
        boolean good = response.status() < 300;
        ModelNameRewriter echo = good ? asking.echo(from) : null;
        AnswerTap end =
                log.answer(good ? AnswerTap.of(ask.operation(), response.mediaType()) : new AnswerTap.Whole(), good);
        PayloadFilter passage = good && rescue != null ? rescue.passage(end, echo) : echo;
        Relay fresh = new Relay(response, end, bare(), !good, passage);
        if (good && ask.keeper() != null) {
            fresh.copy();
        }
        return fresh;
    }

    /** What was relayed goes out. */
    void flush() {
        client.flush();
    }
}

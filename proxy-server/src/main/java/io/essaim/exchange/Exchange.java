package io.essaim.exchange;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientResponse;
import io.essaim.client.ClientStream;
import io.essaim.client.ExchangeRecord;
import io.essaim.client.ModelMissing;
import io.essaim.client.TraceHeaders;
import io.essaim.cloud.CloudExchange;
import io.essaim.cloud.CloudFallback;
import io.essaim.config.AgentRule;
import io.essaim.config.ContextRule;
import io.essaim.config.Pins;
import io.essaim.dialect.ClientDialect;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.http.RouteId;
import io.essaim.recovery.StreamRescue;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.ReadAhead;
import io.essaim.stream.Relay;
import io.essaim.upstream.BackendRequest;
import io.essaim.upstream.BodyEdits;
import io.essaim.upstream.Loop;
import io.essaim.warm.ReadAheadRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its whole body to the end of its answer: plan, choose, attempt, and again while nothing has reached the
 * client. This class is the order of a request, written once.
 *
 * <pre>
 *   start ─▶ plan ─▶ wait ─▶ choose ─▶ attempt ─▶ begun (commit point) ─▶ complete
 *                     ▲                  │failed            │failed
 *                     └──────────────────┘                  └▶ one error frame, abort, or a rescue: "wait" again
 * </pre>
 *
 * <p>Confined to its event loop.
 */
public final class Exchange implements AttemptListener, ActiveRequest {
    private final Loop loop;
    private final ServingState state;
    private final ClientRequest ask;
    private final boolean streaming;
    private final Set<Backend> tried = new HashSet<>(4);
    private Plan plan;
    private final PromptEstimate prompt;
    private final ExchangeRecord.Builder log;
    private final ClientResponse reply;
    private final FailureResponse ending;
    private final SlotWait slot;
    private final CloudFallback clouds;
    private final AttemptContext assignment;
    private final Hedge hedge;
    private final @Nullable StreamRescue rescue;
    private @Nullable BackendRequest request;
    private @Nullable Attempt attempt;
    private @Nullable Relay relay;
    private int attempts;

    /** @param body the client's whole body; taken over */
    public Exchange(ClientStream client, Loop loop, ServingState state, ClientRequest ask, ByteBuf body) {
        this.loop = loop;
        this.state = state;
        AgentRule agent = state.rules().agent(ask.agent());
        this.ask = ask;
        this.plan = plan(state, ask, agent);
        this.streaming = ask.operation().streams(ask.fields().stream());
        this.prompt = RequestEstimate.prompt(state.choosing().affinity(), ask, body, streaming);
        this.request = new BackendRequest(ask.operation(), client.request(), body, ask.fields());
        SlotWait.Want want = new SlotWait.Want(
                agent, prompt, body.readableBytes(), ask.operation().infers());
        this.slot = new SlotWait(loop, state.choosing().queues(), want, this::decided, this);
        boolean rescued =
                streaming && !client.request().http10() && agent.profile().rescue();
        this.rescue = rescued ? StreamRescue.of(ask, plan, body) : null;
        this.reply =
                new ClientResponse(client, loop, ask, state.rules().timeouts().heartbeat());
        this.log = new ExchangeRecord.Builder(ask, loop, state.stories());
        this.ending = new FailureResponse(ask, plan, prompt, reply, log);
        this.clouds = new CloudFallback(loop, state.clouds(), ask, reply, log);
        this.assignment = new AttemptContext(client, loop, state, ask, asking(), rescue, reply, log);
        this.hedge = new Hedge(assignment, plan.gated(null), prompt, tried, this::askToo);
    }

    /** Where the request may go, and with which context. */
    private static Plan plan(ServingState state, ClientRequest ask, AgentRule agent) {
        ContextRule rule = ask.operation().readsOptions() ? agent.numCtx() : ContextRule.NONE;
        boolean clouds = ask.operation().infers()
                && state.clouds().serve(ask.agent())
                && ClientDialect.of(ask.operation()).isPresent();
        return state.choosing()
                .routes()
                .plan(ask.wanted().model(), ask.fields().numCtx(), rule, agent)
                .within(agent)
                .gated(clouds ? agent.profile().gate() : null);
    }

    /** How backends are asked under the plan as it is now. */
    private BodyEdits asking() {
        Pins pins = state.rules().agent(ask.agent()).profile().pins();
        return new BodyEdits(ask.operation(), ask.fields(), ask.wanted(), plan, pins);
    }

    private List<String> trace(Attempt answering) {
        String model = answering.taken().candidate().model().shortest();
        return TraceHeaders.fields(ask.id(), attempts, answering.backend().name(), model);
    }

    @Override
    public void start() {
        state.choosing().retries().request();
        state.choosing().ahead().asked(prompt);
        if (streaming && !assignment.bare()) {
            reply.keepAwake();
        }
        if (plan.isEmpty() || ask.wish().shown()) {
            withoutHosts(
                    null, ModelMissing.refused(ask.operation(), ask.wanted().asked(), plan));
            return;
        }
        Choice.Refused tooLarge = state.contexts().refusal(plan, loop);
        if (tooLarge == null) {
            slot.ask(plan, tried);
        } else {
            end(null, tooLarge);
        }
    }

    private void decided(Choice choice) {
        if (choice instanceof Choice.Taken taken) {
            ending.drop();
            Attempt next = attempt(taken);
            attempt = next;
            log.chosen(taken);
            hedge.beside(next);
            next.start();
        } else if (choice instanceof Choice.Refused refused && relay != null) {
            breakOff(Objects.requireNonNull(ending.failure()), log.alone(refused));
        } else if (choice instanceof Choice.Refused refused && refused.reason() == Choice.Reason.NOT_GOOD_ENOUGH) {
            insteadOfHosts();
        } else if (choice instanceof Choice.Refused refused) {
            withoutHosts(ending.failure(), ending.failure() == null ? refused : null);
        }
    }

    /** The host says nothing: this one is asked too. */
    private void askToo(Choice.Taken taken) {
        Attempt second = attempt(taken);
        hedge.begins(second);
        second.start();
    }

    private Attempt attempt(Choice.Taken taken) {
        attempts++;
        tried.add(taken.candidate().backend());
        return new Attempt(this, assignment, taken, Objects.requireNonNull(request), prompt);
    }

    @Override
    public void answers(Attempt a) {
        attempt = a;
        hedge.answered(a);
    }

    @Override
    public void begun(Attempt a, Relay answer) {
        if (relay != null && !answer.goesByFrames()) {
            answer.discard();
            a.failed(StreamRescue.refused(answer));
            return;
        }
        answers(a);
        boolean first = relay == null;
        relay = answer;
        if (rescue == null) {
            releaseBody();
        } else {
            rescue.begun();
        }
        if (ask.operation().infers()) {
            a.backend().contexts().ran(a.taken().candidate().model(), plan.context(), loop.now());
        }
        if (first) {
            log.begun(a.backend());
            reply.begin(answer, trace(a), () -> a.pause(true));
        } else {
            log.rescued(a.backend());
            reply.goOn(answer, () -> a.pause(true));
        }
    }

    @Override
    public void complete(Attempt a) {
        attempt = null;
        releaseBody();
        Relay answer = Objects.requireNonNull(relay);
        if (ask.keeper() != null && answer.copied() != null) {
            ask.keeper().accept(a.taken().candidate(), answer.copied());
        }
        if (log.wasRescued()) {
            state.rescues().completed(!answer.end().saidError());
        }
        log.complete(answer.end().saidError(), attempts, a.teaching.findings());
        reply.complete();
    }

    @Override
    public void failed(Attempt a, Failure failure, @Nullable Relay answer) {
        attempt = hedge.failed(a);
        log.failed(a.backend(), failure);
        ending.keep(failure, answer);
        if (attempt != null) {
            return; // The other one is under way.
        }
        if (relay != null) {
            begunFailed(a, failure);
            return;
        }
        if (failure.retriable() && state.anotherMay(attempts, failure.freeRetry())) {
            slot.ask(plan, tried);
        } else if (failure.retriable()) {
            withoutHosts(failure, null);
        } else {
            end(failure, null);
        }
    }

    /** The answer had begun: somebody else goes on with it, or it ends with an error. */
    private void begunFailed(Attempt a, Failure failure) {
        if (rescue == null) {
            breakOff(failure, a.backend().name() + ": " + failure.message());
        } else if (rescue.goesOn(failure, free -> state.anotherMay(attempts, free))) {
            reply.gap();
            plan = plan.gated(null);
            slot.ask(plan, tried);
        } else {
            breakOff(failure, log.mishaps());
        }
    }

    private void breakOff(Failure failure, String why) {
        releaseBody();
        if (rescue != null) {
            state.rescues().brokenOff(failure);
        }
        ending.breakOff(failure, rescue == null ? why : why + rescue.error(), attempts);
    }

    /** Nothing local can answer: the clouds' turn, if the agent has any, and else the end. */
    private void withoutHosts(@Nullable Failure failed, Choice.@Nullable Refused refused) {
        clouds.last(
                body(),
                attempts,
                ask.wish().which(refused),
                spent -> end(failed, spent != null ? spent : ask.wish().otherwise(refused, log.mishaps())));
        ending.drop();
    }

    /** Hosts could answer, but not as well as the agent wants: the clouds' turn, and the hosts' all the same if those cannot. */
    private void insteadOfHosts() {
        ending.drop();
        ByteBuf body = Objects.requireNonNull(request).body();
        if (streaming && body.readableBytes() <= ReadAhead.LARGEST) {
            ReadAheadRequest again = new ReadAheadRequest(ask.operation(), asking(), ByteBufUtil.getBytes(body));
            state.choosing().ahead().missed(plan, prompt, again, body.readableBytes(), loop.now());
        }
        clouds.first(body(), attempts, () -> {
            state.choosing().ahead().withdraw(prompt);
            attempts = clouds.attempts();
            plan = plan.gated(null);
            slot.ask(plan, tried);
        });
    }

    private CloudExchange.Body body() {
        return new CloudExchange.Body(Objects.requireNonNull(request).body(), this::releaseBody);
    }

    /** Nobody could answer. */
    private void end(@Nullable Failure failed, Choice.@Nullable Refused refused) {
        int all = Math.max(attempts, clouds.attempts());
        releaseBody();
        ending.over(failed, refused, all);
    }

    /** The client reads again, or stopped reading. */
    @Override
    public void writabilityChanged(boolean writable) {
        if (attempt != null && relay != null) {
            attempt.pause(!writable);
        }
        clouds.pause(!writable);
    }

    @Override
    public RouteId id() {
        return ask.id();
    }

    @Override
    public void stop(Failure why) {
        Attempt last = attempt;
        attempt = null;
        InternalFault.each("stopping request " + ask.id(), hedge::cancel, slot::leave, () -> {
            if (last != null) {
                last.stop();
            }
        });
        if (clouds.busy()) {
            releaseBody();
            clouds.stop(why);
        } else if (reply.begun()) {
            breakOff(why, why.message());
        } else {
            end(why, null);
        }
    }

    @Override
    public void fault(Throwable cause) {
        reply.fault(cause);
    }

    /** The client is gone: the backend must not work for nobody. Nothing that fails here may keep the rest from being given back. */
    @Override
    public void cancel() {
        boolean busy = attempt != null;
        InternalFault.each(
                "letting go of request " + ask.id(),
                reply::close,
                clouds::cancel,
                hedge::cancel,
                () -> leave(busy),
                () -> {
                    if (attempt != null) {
                        attempt.end(Failure.Outcome.NEUTRAL);
                        attempt = null;
                    }
                },
                () -> ask.pass().end(0),
                ending::drop,
                this::releaseBody);
    }

    private void leave(boolean busy) {
        if (slot.leave() || busy) {
            log.end(new Failure(Kind.CLIENT_GONE, "the client left"), attempts);
        }
    }

    private void releaseBody() {
        if (request != null) {
            request.body().release();
            request = null;
        }
    }
}

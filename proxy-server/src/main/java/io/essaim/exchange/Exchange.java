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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request, from its whole body to the end of its answer: plan, choose, attempt, and again while nothing has
 * reached the client. The order of these steps is the table of {@link ExchangeState}.
 *
 * <p>Confined to its event loop.
 */
public final class Exchange implements AttemptListener, ActiveRequest {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final Loop loop;
    private final ServingState serving;
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
    private ExchangeState state = ExchangeState.PLANNED;

    /** @param body the client's whole body; taken over */
    public Exchange(ClientStream client, Loop loop, ServingState serving, ClientRequest ask, ByteBuf body) {
        this.loop = loop;
        this.serving = serving;
        AgentRule agent = serving.rules().agent(ask.agent());
        this.ask = ask;
        this.plan = plan(serving, ask, agent);
        this.streaming = ask.operation().streams(ask.fields().stream());
        this.prompt = RequestEstimate.prompt(serving.choosing().affinity(), ask, body, streaming);
        this.request = new BackendRequest(ask.operation(), client.request(), body, ask.fields());
        SlotWait.Want want = new SlotWait.Want(
                agent, prompt, body.readableBytes(), ask.operation().infers());
        this.slot = new SlotWait(loop, serving.choosing().queues(), want, this::decided, this);
        boolean rescued =
                streaming && !client.request().http10() && agent.profile().rescue();
        this.rescue = rescued ? StreamRescue.of(ask, plan, body) : null;
        this.reply =
                new ClientResponse(client, loop, ask, serving.rules().timeouts().heartbeat());
        this.log = new ExchangeRecord.Builder(ask, loop, serving.traces(), this::over);
        this.ending = new FailureResponse(ask, plan, prompt, reply, log);
        this.clouds = new CloudFallback(loop, serving.clouds(), ask, reply, log);
        this.assignment = new AttemptContext(client, loop, serving, ask, asking(), rescue, reply, log);
        this.hedge = new Hedge(assignment, plan.gated(null), prompt, tried, this::askToo);
    }

    /** Where the request may go, and with which context. */
    private static Plan plan(ServingState serving, ClientRequest ask, AgentRule agent) {
        ContextRule rule = ask.operation().readsOptions() ? agent.numCtx() : ContextRule.NONE;
        boolean clouds = ask.operation().infers()
                && serving.clouds().serve(ask.agent())
                && ClientDialect.of(ask.operation()).isPresent();
        return serving.choosing()
                .routes()
                .plan(ask.wanted().model(), ask.fields().numCtx(), rule, agent)
                .within(agent)
                .gated(clouds ? agent.profile().gate() : null);
    }

    private void become(ExchangeState next) {
        LOG.debug("{}: {} -> {}", ask.id(), state, next);
        state = state.to(next);
    }

    private void waitForSlot() {
        become(relay == null ? ExchangeState.WAITING : ExchangeState.RESUMING);
        slot.ask(plan, tried);
    }

    /**
     * The request is over, with any outcome.
     *
     * @param tokens that it used
     */
    private void over(long tokens) {
        ask.pass().end(tokens);
        if (state != ExchangeState.OVER) { // A fault on the way to the end is told as another end.
            become(ExchangeState.OVER);
        }
    }

    /** How backends are asked under the plan as it is now. */
    private BodyEdits asking() {
        Pins pins = serving.rules().agent(ask.agent()).profile().pins();
        return new BodyEdits(ask.operation(), ask.fields(), ask.wanted(), plan, pins);
    }

    private List<String> trace(Attempt answering) {
        String model = answering.taken().candidate().model().shortest();
        return TraceHeaders.fields(ask.id(), attempts, answering.backend().name(), model);
    }

    @Override
    public void start() {
        serving.choosing().retries().request();
        serving.choosing().ahead().asked(prompt);
        if (streaming && !assignment.bare()) {
            reply.keepAwake();
        }
        if (plan.isEmpty() || ask.wish().shown()) {
            withoutHosts(
                    null, ModelMissing.refused(ask.operation(), ask.wanted().asked(), plan));
            return;
        }
        Choice.Refused tooLarge = serving.contexts().refusal(plan, loop);
        if (tooLarge == null) {
            waitForSlot();
        } else {
            end(null, tooLarge);
        }
    }

    private void decided(Choice choice) {
        if (choice instanceof Choice.Taken taken) {
            if (state == ExchangeState.WAITING) {
                become(ExchangeState.TRYING);
            }
            ending.drop();
            Attempt next = attempt(taken);
            attempt = next;
            log.chosen(taken);
            hedge.beside(next);
            next.start();
        } else if (choice instanceof Choice.Refused refused && state == ExchangeState.RESUMING) {
            breakOff(Objects.requireNonNull(ending.failure()), log.alone(refused));
        } else if (choice instanceof Choice.Refused refused && refused.reason() == Choice.Reason.NOT_GOOD_ENOUGH) {
            insteadOfHosts();
        } else if (choice instanceof Choice.Refused refused) {
            withoutHosts(ending.failure(), ending.failure() == null ? refused : null);
        }
    }

    /** The first host is silent: a second one is asked. */
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
        boolean first = state == ExchangeState.TRYING;
        if (!first && !answer.goesByFrames()) {
            answer.discard();
            a.failed(StreamRescue.refused(answer));
            return;
        }
        answers(a);
        ending.drop(); // The error of the other one, if the request was hedged.
        relay = answer;
        become(ExchangeState.RELAYING);
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
            serving.rescues().completed(!answer.end().saidError());
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
            return; // The other attempt is under way.
        }
        if (state != ExchangeState.TRYING) {
            begunFailed(a, failure);
        } else if (failure.retriable() && serving.anotherMay(attempts, failure.freeRetry())) {
            waitForSlot();
        } else if (failure.retriable()) {
            withoutHosts(failure, null);
        } else {
            end(failure, null);
        }
    }

    /** The answer had begun: another backend goes on with it, or it ends with an error frame. */
    private void begunFailed(Attempt a, Failure failure) {
        if (rescue == null) {
            breakOff(failure, a.backend().name() + ": " + failure.message());
        } else if (rescue.goesOn(failure, free -> serving.anotherMay(attempts, free))) {
            reply.gap();
            plan = plan.gated(null);
            waitForSlot();
        } else {
            breakOff(failure, log.mishaps());
        }
    }

    private void breakOff(Failure failure, String why) {
        releaseBody();
        if (rescue != null) {
            serving.rescues().brokenOff(failure);
        }
        ending.breakOff(failure, rescue == null ? why : why + rescue.error(), attempts);
    }

    /** No host can answer: the clouds are asked, if the agent has any; else the request ends. */
    private void withoutHosts(@Nullable Failure failed, Choice.@Nullable Refused refused) {
        become(ExchangeState.CLOUDS);
        clouds.last(
                body(),
                attempts,
                ask.wish().which(refused),
                spent -> end(failed, spent != null ? spent : ask.wish().otherwise(refused, log.mishaps())));
        ending.drop();
    }

    /** Hosts could answer, but not as well as the agent's gate asks: the clouds are asked, and the hosts all the same if no cloud answers. */
    private void insteadOfHosts() {
        become(ExchangeState.CLOUDS);
        ending.drop();
        ByteBuf body = Objects.requireNonNull(request).body();
        if (streaming && body.readableBytes() <= ReadAhead.LARGEST) {
            ReadAheadRequest again = new ReadAheadRequest(ask.operation(), asking(), ByteBufUtil.getBytes(body));
            serving.choosing().ahead().missed(plan, prompt, again, body.readableBytes(), loop.now());
        }
        clouds.first(body(), attempts, () -> {
            serving.choosing().ahead().withdraw(prompt);
            attempts = clouds.attempts();
            plan = plan.gated(null);
            waitForSlot();
        });
    }

    private CloudExchange.Body body() {
        return new CloudExchange.Body(Objects.requireNonNull(request).body(), this::releaseBody);
    }

    /** No backend could answer. */
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

    /** The client is gone, so the backend stops too. A step that fails here does not keep the others from being done. */
    @Override
    public void cancel() {
        InternalFault.each(
                "letting go of request " + ask.id(),
                reply::close,
                clouds::cancel,
                hedge::cancel,
                slot::leave,
                () -> {
                    if (attempt != null) {
                        attempt.end(Failure.Outcome.NEUTRAL);
                        attempt = null;
                    }
                },
                this::clientLeft,
                ending::drop,
                this::releaseBody);
    }

    private void clientLeft() {
        if (state != ExchangeState.OVER) {
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

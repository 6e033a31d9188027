package io.essaim.relay;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Operation;
import io.essaim.choose.Candidate;
import io.essaim.choose.Choice;
import io.essaim.choose.Plan;
import io.essaim.choose.Prompt;
import io.essaim.fleet.Backend;
import io.essaim.http.Response;
import io.essaim.model.RequestFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its whole body to the end of its answer: plan, choose, attempt, and again while nothing has reached the
 * client. This class is the order of a request, written once.
 *
 * <pre>
 *   start ─▶ plan ─▶ wait ─▶ choose ─▶ attempt ─▶ begun (commit point) ─▶ complete
 *                     ▲                  │failed            │failed
 *                     └──────────────────┘                  └▶ one error frame, abort
 * </pre>
 *
 * <p>Confined to its event loop.
 */
final class Exchange implements AttemptListener, UnderWay {
    private final Client client;
    private final Loop loop;
    private final Operation operation;
    private final RequestFields fields;
    private final Asking asking;
    private final String asked;
    private final Ask ask;
    private final @Nullable BiConsumer<Candidate, byte[]> keeper;
    private final Set<Backend> tried = new HashSet<>(4);
    private Plan plan;
    private final Prompt prompt;
    private final ExchangeRecord.Builder log;
    private final Reply reply;
    private final Ending ending;
    private final SlotWait slot;
    private final CloudSide clouds;
    private @Nullable BackendRequest request;
    private @Nullable Attempt attempt;
    private @Nullable Relay relay;
    private @Nullable Failure lastFailure;
    private @Nullable Relay lastAnswer;
    private int attempts;

    /** @param body the client's whole body; taken over */
    Exchange(Client client, Loop loop, Ask ask, ByteBuf body) {
        this.client = client;
        this.loop = loop;
        this.operation = ask.operation();
        this.fields = ask.fields();
        this.asked = ask.wanted().asked();
        this.ask = ask;
        this.keeper = ask.keeper();
        this.plan = Asking.plan(loop.shared(), ask);
        this.prompt = Sizing.prompt(loop.shared().affinity(), ask, body, streaming());
        this.asking = new Asking(ask, plan, loop.shared().rules());
        this.request = new BackendRequest(operation, client.request(), body, fields);
        this.slot = new SlotWait(loop, prompt, ask, this::decided);
        this.reply = new Reply(client, loop, operation, asked, ask.id());
        this.log = new ExchangeRecord.Builder(ask, loop);
        this.ending = new Ending(ask, plan, reply, log);
        this.clouds = new CloudSide(loop, ask, reply, log);
    }

    @Override
    public void start() {
        loop.shared().retries().request();
        if (streaming() && !bare()) {
            reply.keepAwake();
        }
        if (plan.isEmpty() || ask.wish().shown()) {
            withoutHosts(null, ModelMissing.refused(operation, asked, plan));
            return;
        }
        slot.ask(plan, tried);
    }

    private void decided(Choice choice) {
        if (choice instanceof Choice.Taken taken) {
            attempts++;
            tried.add(taken.candidate().backend());
            dropAnswer();
            log.chosen(taken);
            attempt = new Attempt(this, taken, loop, Objects.requireNonNull(request), prompt);
            attempt.start();
        } else if (choice instanceof Choice.Refused refused && refused.reason() == Choice.Reason.NOT_GOOD_ENOUGH) {
            insteadOfHosts();
        } else if (choice instanceof Choice.Refused refused) {
            withoutHosts(lastFailure, lastFailure == null ? refused : null);
        }
    }

    /** Whether the client asked for a stream. */
    boolean streaming() {
        Boolean stream = fields.stream();
        return operation.canStream() && (stream == null ? operation.streamsByDefault() : stream);
    }

    /** Whether the client cannot read chunks. */
    boolean bare() {
        return client.request().http10();
    }

    /** The request goes to this backend: what is changed in its body for that. */
    List<Edit> sending(Candidate candidate) {
        log.sent();
        return asking.edits(candidate);
    }

    /** The load that the attempt has to wait for; null when the model is in memory as far as is known. */
    @Nullable
    Load load(Choice.Taken taken) {
        Load.Order order = ColdStart.order(Objects.requireNonNull(request), taken, asking);
        if (order == null) {
            return null;
        }
        Load load = loop.shared().loads().join(loop, taken.candidate().backend(), order);
        reply.awaits(load);
        log.loading(load);
        return load;
    }

    /** The body of an answer on its way to the client; a good one says the model as he wrote it. */
    Relay relay(Response response) {
        boolean good = response.status() < 300;
        ModelEcho echo = good ? asking.echo() : null;
        Relay fresh = new Relay(response, EndOfStream.of(operation, response.mediaType()), bare(), !good, echo);
        if (good && keeper != null) {
            fresh.copy();
        }
        return fresh;
    }

    @Override
    public void begun(Attempt a, Relay answer) {
        relay = answer;
        releaseBody();
        log.begun(a.backend());
        if (operation.infers()) {
            a.backend().contexts().ran(a.taken().candidate().model(), asking.context(), loop.now());
        }
        reply.begin(answer, Trace.fields(ask.id(), attempts, a), () -> a.pause(true));
    }

    @Override
    public void complete(Attempt a) {
        attempt = null;
        Relay answer = Objects.requireNonNull(relay);
        if (keeper != null && answer.copied() != null) {
            keeper.accept(a.taken().candidate(), answer.copied());
        }
        log.complete(answer.end().saidError(), attempts);
        reply.complete();
    }

    @Override
    public void failed(Attempt a, Failure failure, @Nullable Relay answer) {
        attempt = null;
        log.failed(a.backend(), failure);
        if (relay != null) {
            breakOff(a, failure);
            return;
        }
        lastFailure = failure;
        dropAnswer();
        lastAnswer = answer;
        boolean more = attempts < loop.shared().rules().limits().attempts();
        if (failure.retriable()
                && more
                && (failure.freeRetry() || loop.shared().retries().tryRetry())) {
            slot.ask(plan, tried);
        } else if (failure.retriable()) {
            withoutHosts(failure, null);
        } else {
            end(failure, null);
        }
    }

    /** The answer had begun: one error frame in the client's own words, then no proper end. */
    private void breakOff(Attempt a, Failure failure) {
        log.end(failure, attempts);
        if (failure.kind() == Kind.CLIENT_STALLED) {
            reply.drop();
        } else {
            reply.breakOff(failure.status(), a.backend().name() + ": " + failure.message());
        }
    }

    /** Nothing local can answer: the clouds' turn, if the agent has any, and else the end. */
    private void withoutHosts(@Nullable Failure failed, Choice.@Nullable Refused refused) {
        clouds.last(
                ByteBufUtil.getBytes(Objects.requireNonNull(request).body()),
                attempts,
                ask.wish().which(refused),
                spent -> end(failed, spent != null ? spent : ask.wish().otherwise(refused, log.mishaps())));
        releaseBody();
        dropAnswer();
    }

    /** Hosts could answer, but not as well as the agent wants: the clouds' turn, and the hosts' all the same if those cannot. */
    private void insteadOfHosts() {
        byte[] body = ByteBufUtil.getBytes(Objects.requireNonNull(request).body());
        releaseBody();
        dropAnswer();
        clouds.first(body, attempts, () -> {
            attempts = clouds.attempts();
            plan = plan.gated(null);
            request = new BackendRequest(operation, client.request(), Unpooled.wrappedBuffer(body), fields);
            slot.ask(plan, tried);
        });
    }

    /** Nobody could answer. */
    private void end(@Nullable Failure failed, Choice.@Nullable Refused refused) {
        int all = Math.max(attempts, clouds.attempts());
        releaseBody();
        if (refused != null) {
            dropAnswer();
            ending.refuse(refused, all);
        } else {
            Relay answer = lastAnswer;
            lastAnswer = null;
            ending.giveUp(Objects.requireNonNull(failed), answer, all);
        }
    }

    void flush() {
        client.flush();
    }

    /** The client reads again, or stopped reading. */
    @Override
    public void writabilityChanged(boolean writable) {
        if (attempt != null && relay != null) {
            attempt.pause(!writable);
        } else {
            clouds.pause(!writable);
        }
    }

    @Override
    public void shutDown() {
        Failure stopping = new Failure(Kind.SHUTTING_DOWN, "the proxy is stopping");
        if (attempt != null) {
            attempt.stop(stopping);
        } else if (clouds.busy()) {
            clouds.stop(stopping);
        } else if (slot.leave()) {
            end(stopping, null);
        }
    }

    /** The client is gone: the backend must not work for nobody. */
    @Override
    public void cancel() {
        reply.close();
        clouds.cancel();
        boolean waited = slot.leave();
        if (attempt != null) {
            attempt.cancel();
            attempt = null;
            waited = true;
        }
        if (waited) {
            log.end(new Failure(Kind.CLIENT_GONE, "the client left"), attempts);
        }
        dropAnswer();
        releaseBody();
    }

    private void dropAnswer() {
        if (lastAnswer != null) {
            lastAnswer.discard();
            lastAnswer = null;
        }
    }

    private void releaseBody() {
        if (request != null) {
            request.body().release();
            request = null;
        }
    }
}

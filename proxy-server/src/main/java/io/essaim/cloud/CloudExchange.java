package io.essaim.cloud;

import io.essaim.api.Failure;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientResponse;
import io.essaim.client.ExchangeRecord;
import io.essaim.client.TraceHeaders;
import io.essaim.config.AgentRule;
import io.essaim.config.CloudEntry;
import io.essaim.dialect.AnswerClock;
import io.essaim.dialect.AnswerContext;
import io.essaim.dialect.AnswerWriter;
import io.essaim.dialect.ByteBuilder;
import io.essaim.dialect.ClientDialect;
import io.essaim.dialect.InvalidRequest;
import io.essaim.dialect.NeutralRequest;
import io.essaim.dialect.StreamEvent;
import io.essaim.dialect.Untranslatable;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.http.Answer;
import io.essaim.http.BodyBudget;
import io.essaim.learn.GenerationFindings;
import io.essaim.selection.Choice;
import io.essaim.upstream.Loop;
import io.essaim.upstream.WorkerPool;
import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The part of an exchange that asks the agent's clouds, one after the other, until one begins to answer. The request
 * is translated for each cloud, and the answer back into the client's dialect. Confined to its event loop.
 */
public final class CloudExchange implements CloudCall.Listener {

    private final Loop loop;
    private final Clouds clouds;
    private final ClientRequest ask;
    private final ClientResponse reply;
    private final ExchangeRecord.Builder log;
    private final ClientDialect spoken;
    private final Takeover from;
    private final AgentRule agent;
    private final Consumer<Choice.@Nullable Refused> otherwise;
    private final List<StreamEvent> held = new ArrayList<>(2);
    private final ByteBuilder bytes = new ByteBuilder();
    private @Nullable NeutralRequest asked;
    private @Nullable CloudSequence chain;
    private WorkerPool.@Nullable Task translating;
    private CloudCall.@Nullable Order reserved;
    private CloudCall.@Nullable Order asking;
    private @Nullable CloudCall call;
    private @Nullable AnswerWriter writer;
    private int attempts;
    private byte @Nullable [] body;
    private boolean begun;
    private boolean known;
    private boolean ended;

    /**
     * What the turn takes over from its exchange.
     *
     * @param ask what is asked
     * @param body the client's body
     * @param attempts backends that were asked so far
     * @param reply what the client gets
     * @param log of the request
     * @param which clouds of the agent's come into question
     * @param optional whether hosts could answer too, so that a request that cannot be translated is theirs
     */
    record Takeover(
            ClientRequest ask,
            Body body,
            int attempts,
            ClientResponse reply,
            ExchangeRecord.Builder log,
            Predicate<CloudEntry> which,
            boolean optional) {}

    /**
     * The client's body.
     *
     * @param whole of a request, owned by the giver
     * @param unneeded called once nothing needs it any more, unless the turn is passed on
     */
    public record Body(ByteBuf whole, Runnable unneeded) {}

    private CloudExchange(
            Loop loop,
            Clouds clouds,
            Takeover from,
            ClientDialect spoken,
            Consumer<Choice.@Nullable Refused> otherwise) {
        this.loop = loop;
        this.clouds = clouds;
        this.from = from;
        this.agent = clouds.agent(from.ask.agent());
        this.ask = from.ask;
        this.reply = from.reply;
        this.log = from.log;
        this.attempts = from.attempts;
        this.body = BodyBudget.bytesOf(from.body.whole());
        this.spoken = spoken;
        this.otherwise = otherwise;
    }

    /**
     * Begins the turn.
     *
     * @param otherwise goes on with the exchange when no cloud can answer either; with a refusal when that is because of the
     *     agent's budget
     * @return null when it is over already, or never was
     */
    static @Nullable CloudExchange begin(
            Loop loop, Clouds clouds, Takeover from, Consumer<Choice.@Nullable Refused> otherwise) {
        AgentRule agent = clouds.agent(from.ask.agent());
        ClientDialect spoken = ClientDialect.of(from.ask.operation()).orElse(null);
        boolean served = clouds.serve(from.ask.agent());
        if (!served) {
            from.log.mustStay(clouds.barrier(from.ask.agent()));
        }
        if (spoken == null || !served || agent.cloud().stream().noneMatch(from.which)) {
            otherwise.accept(null);
            return null;
        }
        CloudExchange turn = new CloudExchange(loop, clouds, from, spoken, otherwise);
        turn.begins();
        return turn.ended ? null : turn;
    }

    /** Does what takes long for a large body elsewhere, and goes on here. */
    private <T> void translate(Callable<T> work, Consumer<T> then) {
        WorkerPool.Task task = loop.work().start(loop.eventLoop(), body().length, work, new WorkerPool.Listener<>() {
            @Override
            public void done(T result) {
                translating = null;
                then.accept(result);
            }

            @Override
            public void failed(Throwable why) {
                translating = null;
                untranslated(why);
            }
        });
        if (task != null) {
            translating = task;
        }
    }

    private void read(NeutralRequest said) {
        if (!said.asksNothing()) {
            asked = said;
            chain = new CloudSequence(loop, clouds, agent, said, from);
            next();
        } else if (from.optional) {
            pass(null);
        } else {
            asked = said;
            translate(this::idleAnswer, this::idle);
        }
    }

    /** It is the turn of others again. */
    private void pass(Choice.@Nullable Refused why) {
        ended = true;
        otherwise.accept(why);
    }

    private void untranslated(Throwable why) {
        if (from.optional && (why instanceof InvalidRequest || why instanceof RejectedExecutionException)) {
            pass(null);
        } else if (why instanceof InvalidRequest e) {
            ended = true;
            letGo();
            log.end(new Failure(Failure.Kind.INTERNAL, e.text()), attempts);
            reply.error(e.status(), e.text(), TraceHeaders.fields(ask.id(), attempts));
        } else if (why instanceof RejectedExecutionException) {
            stop(new Failure(Failure.Kind.SATURATED, "too many large requests are being translated for clouds"));
        } else if (known) {
            fault(why);
        } else {
            throw new IllegalStateException(
                    "a request could not be translated for a cloud", why); // The caller ends the request.
        }
    }

    /** The answer to a request that only wants a model loaded: there is nothing to load in a cloud. */
    private byte[] idleAnswer() throws InvalidRequest {
        ByteBuilder out = new ByteBuilder();
        spoken.writeIdle(answering(null), body(), out);
        return out.toByteArray();
    }

    private void idle(byte[] answer) {
        ended = true;
        letGo();
        log.complete(false, attempts, GenerationFindings.NONE);
        reply.whole(new Answer(200, spoken.contentType(false), answer, List.of(), false)
                .with(TraceHeaders.fields(ask.id(), attempts)));
    }

    private byte[] body() {
        return Objects.requireNonNull(body);
    }

    /** Nothing needs the client's body any more. */
    private void letGo() {
        body = null;
        from.body.unneeded().run();
    }

    private NeutralRequest asked() {
        return Objects.requireNonNull(asked);
    }

    private AnswerContext answering(AnswerContext.@Nullable Remote remote) {
        Instant now = Instant.now();
        long since = loop.now();
        long epoch = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        return new AnswerContext(
                asked().withoutTurns(),
                new AnswerClock(() -> epoch + loop.now() - since, loop.ticker(), log.since()),
                () -> ThreadLocalRandom.current().nextLong(),
                remote);
    }

    private void next() {
        CloudSequence left = Objects.requireNonNull(chain);
        CloudSequence.Candidate candidate = left.next();
        if (candidate == null) {
            pass(left.outOfBudget());
            return;
        }
        translate(() -> translation(left, candidate), translation -> {
            CloudCall.Order order = null;
            if (translation.body == null) {
                left.untranslated(candidate, Objects.requireNonNull(translation.why));
            } else {
                order = left.order(candidate, translation.body);
            }
            if (order == null) {
                next();
            } else {
                callOnceKept(order, left);
            }
        });
    }

    /** The request in a cloud's words, or why there is none. */
    private record Translation(
            byte @Nullable [] body, @Nullable Untranslatable why) {}

    private static Translation translation(CloudSequence left, CloudSequence.Candidate to) {
        try {
            return new Translation(left.translate(to), null);
        } catch (Untranslatable e) {
            return new Translation(null, e);
        }
    }

    /** A call is sent once its reservation would count after a crash too: the cloud bills it, whatever becomes of us. */
    private void callOnceKept(CloudCall.Order order, CloudSequence left) {
        reserved = order;
        clouds.budgets().whenKept(failure -> {
            if (loop.eventLoop().inEventLoop()) {
                kept(order, left, failure);
            } else {
                loop.eventLoop().execute(() -> InternalFault.guard(this, () -> kept(order, left, failure)));
            }
        });
    }

    @SuppressWarnings("ReferenceEquality") // This very call, not one like it.
    private void kept(CloudCall.Order order, CloudSequence left, @Nullable String failure) {
        if (reserved != order) {
            return; // The turn was ended meanwhile.
        }
        reserved = null;
        if (failure == null) {
            call(order);
        } else {
            order.abandon();
            left.passOver(order, failure);
            next();
        }
    }

    private void call(CloudCall.Order order) {
        CloudCall fresh = made(order);
        call = fresh;
        asking = order;
        attempts++;
        held.clear();
        // Who named the model of a cloud has seen its row, which says the same; nobody else is told where it runs.
        writer = spoken.writer(answering(ask.wish().shown() ? order.remote() : null));
        log.cloud(order.backend(), order.model(), order.order().length());
        fresh.start();
    }

    /** From then on what the order has in hand is the call's. */
    private CloudCall made(CloudCall.Order order) {
        try {
            return new CloudCall(loop, clouds, order, asked().streams(), this);
        } catch (RuntimeException | Error e) {
            order.abandon();
            throw e;
        }
    }

    /** Nobody else knows this turn yet, so it ends its call itself when something fails. */
    private void begins() {
        try {
            byte[] read = body();
            translate(() -> spoken.read(read), this::read);
            known = true;
        } catch (RuntimeException | Error e) {
            endCall();
            throw e;
        }
    }

    @Override
    public void fault(Throwable cause) {
        reply.fault(cause);
    }

    @Override
    public void event(StreamEvent event) {
        log.came(event);
        if (event instanceof StreamEvent.Thoughts && asked().effort() == NeutralRequest.Effort.OFF) {
            return; // Some clouds cannot be told not to think, and this client does not want to read it.
        }
        if (!begun && event instanceof StreamEvent.Begin) {
            held.add(event);
            return;
        }
        if (!begun && (asked().streams() || event instanceof StreamEvent.Finish)) {
            begin();
        }
        if (begun) {
            write(event);
        } else {
            held.add(event);
        }
    }

    /** The commit point: of a stream its first word, of a whole answer its end. */
    private void begin() {
        begun = true;
        letGo();
        chain = null; // No other cloud will be asked, so nothing needs the client's body any more.
        asked = asked().withoutTurns();
        CloudCall.Order from = Objects.requireNonNull(asking);
        Objects.requireNonNull(call).begun();
        log.begun(from.backend());
        if (asked().streams()) {
            reply.beginOwn(
                    spoken.contentType(true),
                    TraceHeaders.fields(ask.id(), attempts, from.backend().name(), from.model()));
        }
        held.forEach(this::write);
        held.clear();
    }

    private void write(StreamEvent event) {
        Objects.requireNonNull(writer).write(event, bytes);
        if (asked().streams() && bytes.length() > 0) {
            if (!reply.own(bytes.toByteArray()) && call != null) {
                call.pause(true);
            }
            bytes.clear();
        }
    }

    @Override
    public void burstOver() {
        if (begun && asked().streams()) {
            reply.flush();
        }
    }

    @Override
    public void over(CloudCall.@Nullable Broken broken) {
        call = null;
        CloudCall.Order from = Objects.requireNonNull(asking);
        if (broken == null) {
            complete(from);
            return;
        }
        Backend cloud = from.backend();
        Failure failure = broken.failure();
        Failure noted = failure == null ? broken.fault().noted() : failure;
        log.failed(cloud, noted);
        if (begun) {
            ended = true;
            log.end(noted, attempts);
            write(new StreamEvent.Failed(broken.fault()));
            reply.endOwn(false);
        } else if (failure != null && failure.retriable()) {
            next();
        } else {
            ended = true;
            letGo();
            log.end(noted, attempts);
            reply.error(
                    broken.fault().status(),
                    broken.fault().message(),
                    TraceHeaders.fields(ask.id(), attempts, from.backend().name(), from.model()));
        }
    }

    private void complete(CloudCall.Order from) {
        ended = true;
        log.complete(false, attempts, GenerationFindings.NONE);
        if (asked().streams()) {
            reply.endOwn(true);
        } else {
            reply.whole(new Answer(200, spoken.contentType(false), bytes.toByteArray(), List.of(), false)
                    .with(TraceHeaders.fields(ask.id(), attempts, from.backend().name(), from.model())));
        }
    }

    /** Backends that were asked, hosts included. */
    int attempts() {
        return attempts;
    }

    /** The client reads again, or stopped reading. */
    void pause(boolean stop) {
        if (call != null && begun) {
            call.pause(stop);
        }
    }

    private void endCall() {
        ended = true;
        if (translating != null) {
            loop.work().cancel(translating);
            translating = null;
        }
        if (reserved != null) {
            reserved.abandon();
            reserved = null;
        }
        if (call != null) {
            call.cancel();
            call = null;
        }
    }

    /** The client is gone. */
    void cancel() {
        if (!ended) {
            endCall();
            log.end(new Failure(Failure.Kind.CLIENT_GONE, "the client left"), attempts);
        }
    }

    /** Breaks off with a reason of ours. */
    void stop(Failure why) {
        if (ended) {
            return;
        }
        InternalFault.each("stopping request " + ask.id(), this::endCall);
        log.end(why, attempts);
        if (begun) {
            write(new StreamEvent.Failed(CloudCall.fault(why)));
            reply.endOwn(false);
        } else {
            reply.error(why.status(), why.message(), TraceHeaders.fields(ask.id(), attempts));
        }
    }
}

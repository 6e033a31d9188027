package io.essaim.exchange;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Failure.Outcome;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.http.BadMessage;
import io.essaim.http.Response;
import io.essaim.http.RetryAfter;
import io.essaim.selection.Choice;
import io.essaim.selection.PromptEstimate;
import io.essaim.stream.AnswerTap;
import io.essaim.stream.ExpectedAnswer;
import io.essaim.stream.Relay;
import io.essaim.stream.ResponseHeadBuffer;
import io.essaim.upstream.AttemptDeadlines;
import io.essaim.upstream.BackendConnection;
import io.essaim.upstream.BackendPool;
import io.essaim.upstream.BackendRequest;
import io.essaim.upstream.Loop;
import io.essaim.warm.ModelLoad;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One try at one backend. It sends the request, watches the answer arrive, and reports once that the answer is good
 * (the commit point), and once that it failed or is complete. It ends its lease exactly once, with the outcome that
 * the backend earned.
 *
 * <p>The commit point of a stream is its first whole frame, if that frame is no error. The commit point of a whole
 * answer is its end. More than {@link Relay#MOST_HELD} bytes pass the commit point at once. Before it the listener may
 * ask another backend; after it only an error frame is left.
 *
 * <p>Confined to its event loop.
 */
final class Attempt implements BackendConnection.Owner, BackendPool.Waiter, ModelLoad.Watcher, Loop.Timed {
    private final AttemptListener listener;
    private final AttemptContext task;
    private final Choice.Taken taken;
    private final Loop loop;
    private final BackendRequest request;
    private final ResponseHeadBuffer head = new ResponseHeadBuffer();
    final AttemptDeadlines deadlines;
    final GenerationObserver teaching;
    private @Nullable BackendConnection connection;
    private @Nullable Relay relay;
    private boolean sent;
    private boolean freshTried;
    private boolean begun;
    private boolean over;

    Attempt(
            AttemptListener listener,
            AttemptContext task,
            Choice.Taken taken,
            BackendRequest request,
            PromptEstimate prompt) {
        this.listener = listener;
        this.task = task;
        this.taken = taken;
        this.loop = task.loop();
        this.request = request;
        this.deadlines = AttemptDeadlines.of(task.state().rules().timeouts(), loop.now(), taken.lease(), request);
        this.teaching = new GenerationObserver(
                taken.lease(), prompt, request.operation().infers(), task.goesOn());
    }

    Backend backend() {
        return taken.candidate().backend();
    }

    Choice.Taken taken() {
        return taken;
    }

    void start() {
        loop.watch(this);
        if (barred()) {
            return;
        }
        ModelLoad load = task.load(taken, request);
        if (load == null) {
            loop.pool(backend()).acquire(false, this);
        } else {
            load.watch(loop.eventLoop(), this);
        }
    }

    private boolean barred() {
        Failure why = task.barred(taken.candidate());
        if (why != null) {
            fail(why, null);
        }
        return why != null;
    }

    @Override
    public void loaded(@Nullable Failure failure) {
        if (failure != null) {
            boolean ours = failure.kind() == Kind.INTERNAL;
            failed(ours ? InternalFault.failure(task.ask().id().text()) : failure);
        } else if (!over) {
            taken.lease().loaded();
            loop.pool(backend()).acquire(false, this);
        }
    }

    @Override
    public void connected(BackendConnection fresh) {
        if (over) {
            fresh.giveBack(true);
            return;
        }
        if (barred()) {
            fresh.giveBack(true);
            return;
        }
        connection = fresh;
        fresh.take(this);
        request.writeTo(fresh.channel(), backend().rule().url(), task.sending(taken.candidate()))
                .addListener(f -> sent = f.isSuccess());
    }

    /** Also ends the attempt with a reason of ours, which the listener tells the client. */
    @Override
    public void failed(Failure failure) {
        if (!over) {
            fail(failure, null);
        }
    }

    /** Ends the request; the host did nothing wrong. */
    @Override
    public void fault(Throwable cause) {
        listener.fault(cause);
    }

    @Override
    public void bytes(ByteBuf in) {
        try {
            deadlines.byteCame(loop.now());
            if (relay == null) {
                readHead(in);
            } else {
                relay(in);
            }
        } catch (BadMessage e) {
            if (!over) {
                fail(new Failure(Kind.MALFORMED, "its answer is malformed: " + e.text()), null);
            }
        } finally {
            in.release();
        }
    }

    private void readHead(ByteBuf in) throws BadMessage {
        Response response = head.take(in);
        if (response != null) {
            Failure mismatch = ExpectedAnswer.mismatch(
                    request.operation(), request.operation().streams(request.fields().stream()), response);
            if (mismatch != null) {
                fail(mismatch, null);
                return;
            }
            if (response.status() < 300) {
                listener.answers(this);
            }
            relay = task.relay(taken.candidate(), response);
            ByteBuf rest = head.rest();
            try {
                relay(rest);
            } finally {
                rest.release();
            }
        }
    }

    private void relay(ByteBuf in) throws BadMessage {
        Relay r = Objects.requireNonNull(relay);
        r.accept(in);
        if (!over && !begun) { // The client may have gone away while it was written to.
            judge(r);
        }
        if (!(begun && faulty(r)) && !over && r.ended()) {
            ended(r, !in.isReadable());
        }
    }

    /** Before the commit point: is this answer good enough to show? */
    private void judge(Relay r) {
        if (r.opening() == AnswerTap.Opening.ERROR) {
            fail(new Failure(Kind.SERVER_ERROR, "its stream began with an error"), null);
        } else if (r.opening() == AnswerTap.Opening.WRONG) {
            fail(
                    r.streams()
                            ? new Failure(Kind.MALFORMED, "its stream does not begin with an answer")
                            : r.end().lack(),
                    null);
        } else if (r.opening() == AnswerTap.Opening.GOOD) {
            begin(r);
        }
    }

    /** Whether the attempt is over, perhaps because its answer must not go on. */
    private boolean faulty(Relay r) {
        Failure fault = over ? null : r.fault();
        if (fault != null) {
            fail(fault, null);
        }
        return over;
    }

    private void begin(Relay r) {
        begun = true;
        teaching.begun(r);
        listener.begun(this, r);
    }

    private void ended(Relay r, boolean clean) {
        Failure refusal = r.head().status() < 300 || begun ? null : r.refusal();
        if (refusal != null) {
            returnConnection(clean);
            fail(refusal, r);
            return;
        }
        r.drain();
        if (faulty(r)) {
            return;
        }
        if (!r.end().complete() && !r.end().saidError()) {
            fail(r.end().lack(), null);
            return;
        }
        if (!begun) {
            begin(r);
        }
        if (over) {
            return;
        }
        r.finish();
        teaching.complete(r);
        over();
        returnConnection(clean);
        listener.complete(this);
    }

    private void returnConnection(boolean clean) {
        if (connection != null) {
            connection.giveBack(
                    clean && sent && Objects.requireNonNull(relay).head().keepAlive());
            connection = null;
        }
    }

    @Override
    public void burstOver() {
        if (begun) {
            teaching.more(Objects.requireNonNull(relay));
            task.flush();
        }
    }

    @Override
    public void gone(String why, boolean broken) {
        if (over) {
            return;
        }
        boolean reused = connection != null && connection.used();
        connection = null;
        if (relay != null && !broken) {
            relay.closed();
            if (relay.ended()) {
                ended(relay, false);
                return;
            }
        }
        boolean nothingCame = silent();
        if (nothingCame && reused && !freshTried) {
            // It closed while idle, so the request was not read: once more on a new connection, and no failure of the
            // backend.
            freshTried = true;
            loop.pool(backend()).acquire(true, this);
            return;
        }
        fail(
                nothingCame
                        ? new Failure(Kind.LOST, "it closed the connection without an answer")
                        : new Failure(Kind.CUT, "the connection broke in the middle of its answer (" + why + ")"),
                null);
    }

    private void fail(Failure failure, @Nullable Relay answer) {
        taken.lease().failed(failure, RetryAfter.nanos(relay == null ? null : relay.head()));
        over();
        if (answer == null && relay != null && !begun) {
            relay.discard();
        }
        closeConnection();
        listener.failed(this, failure, answer);
    }

    /** Whether nothing of an answer has come. */
    boolean silent() {
        return !over && relay == null && head.isEmpty();
    }

    /** Stops without a report: the answer is not wanted any more. */
    void end(Outcome outcome) {
        if (!over) {
            taken.lease().end(outcome);
            over();
            if (relay != null) {
                relay.discard();
            }
            closeConnection();
        }
    }

    /** Stops for a reason that is no backend's and that the listener knows. An answer that has begun can still get its last frame. */
    void stop() {
        Relay begun = relay;
        InternalFault.each(
                "stopping a try",
                () -> {
                    if (!over) {
                        taken.lease().end(Outcome.NEUTRAL);
                    }
                },
                () -> {
                    if (!over) {
                        over();
                    }
                },
                () -> {
                    if (begun != null) {
                        begun.letGo();
                    }
                },
                this::closeConnection); // It may have failed to give it back.
    }

    private void over() {
        over = true;
        loop.unwatch(this);
        head.release();
    }

    private void closeConnection() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    /** The client does not read: stop reading from the backend, or go on. */
    void pause(boolean stop) {
        if (begun && connection != null && deadlines.pause(stop, loop.now())) {
            connection.channel().config().setAutoRead(!stop);
        }
    }

    @Override
    public void sweep(long now) {
        Failure late = !begun && backend().health() == Backend.Health.DOWN
                ? new Failure(Kind.HOST_DOWN, "it went down: " + backend().ailment())
                : deadlines.late(now, begun);
        if (late != null) {
            fail(late, null);
        }
    }
}

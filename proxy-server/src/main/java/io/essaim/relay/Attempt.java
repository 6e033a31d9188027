package io.essaim.relay;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Failure.Outcome;
import io.essaim.choose.Choice;
import io.essaim.choose.Patience;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.http.BadMessage;
import io.essaim.http.Response;
import io.essaim.http.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One try at one backend: sends the request, watches the answer arrive, and says once that it is good (the commit point),
 * once that it failed, or once that it is complete. It ends its lease exactly once, with what the backend deserves.
 *
 * <p>The commit point of a stream is its first whole frame, if that is not an error; of a whole answer its end. More than
 * {@link #MOST_HELD} bytes do not wait for either. Before it a failure is the exchange's business (another backend); after it only
 * an honest error is left.
 *
 * <p>Confined to its event loop.
 */
final class Attempt implements BackendConnection.Owner, BackendPool.Waiter, Loop.Timed {
    private static final int MOST_HELD = 256 * 1024;

    /** What the exchange hears, each at most once; {@code complete} or {@code failed} is the last. */
    interface Listener {
        /** The answer is good and begins; its pieces are to be taken with {@link Relay#open}. */
        void begun(Attempt attempt, Response head, Relay relay);

        void complete(Attempt attempt);

        /** @param answer the backend's own error answer, complete and held; null when there is none */
        void failed(Attempt attempt, Failure failure, @Nullable ErrorAnswer answer);
    }

    /** A complete error answer of a backend; whoever gets it opens or discards the relay. */
    record ErrorAnswer(Response head, Relay relay) {}

    private final Exchange exchange;
    private final Choice.Taken taken;
    private final Loop loop;
    private final BackendRequest request;
    private final ResponseReader reader = new ResponseReader();
    private final long deadline;
    private @Nullable CompositeByteBuf partialHead;
    private @Nullable BackendConnection connection;
    private @Nullable Response head;
    private @Nullable Relay relay;
    private boolean sent;
    private boolean freshTried;
    private boolean begun;
    private boolean over;
    private long lastByte;
    private long pausedSince;
    private boolean paused;

    Attempt(Exchange exchange, Choice.Taken taken, Loop loop, BackendRequest request) {
        this.exchange = exchange;
        this.taken = taken;
        this.loop = loop;
        this.request = request;
        boolean streaming = exchange.streaming();
        this.lastByte = loop.now();
        this.deadline = lastByte
                + Patience.firstByte(
                        taken.lease(),
                        request.body().readableBytes(),
                        streaming,
                        loop.shared().rules().timeouts());
        if (!request.operation().infers()) {
            taken.lease().teachesNothing();
        }
    }

    Backend backend() {
        return taken.candidate().backend();
    }

    Choice.Taken taken() {
        return taken;
    }

    private Lease lease() {
        return taken.lease();
    }

    void start() {
        loop.watch(this);
        loop.pool(backend()).acquire(false, this);
    }

    @Override
    public void connected(BackendConnection fresh) {
        if (over) {
            fresh.giveBack(true);
            return;
        }
        connection = fresh;
        fresh.take(this);
        request.writeTo(fresh.channel(), backend().rule().url(), exchange.spelling(taken.candidate()))
                .addListener(f -> sent = f.isSuccess());
    }

    @Override
    public void failed(Failure failure) {
        if (!over) {
            fail(failure, null);
        }
    }

    @Override
    public void bytes(ByteBuf in) {
        lastByte = loop.now();
        try {
            if (head == null) {
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
        ByteBuf all = in;
        if (partialHead != null) {
            all = partialHead.addComponent(true, in.retain());
        }
        Response response = reader.next(all, false);
        if (response == null) {
            if (partialHead == null) {
                partialHead = in.alloc().compositeBuffer(1024).addComponent(true, in.retain());
            }
            return;
        }
        head = response;
        boolean good = response.status() < 300;
        relay = new Relay(response, EndOfStream.of(request.operation(), response.mediaType()), exchange.bare(), !good);
        CompositeByteBuf gathered = partialHead;
        partialHead = null;
        try {
            relay(all);
        } finally {
            if (gathered != null) {
                gathered.release();
            }
        }
    }

    private void relay(ByteBuf in) throws BadMessage {
        Relay r = relayNow();
        r.accept(in);
        if (over) {
            return; // The client went away while it was written to.
        }
        judge(r);
        if (!over && r.ended()) {
            ended(r, !in.isReadable());
        }
    }

    /** Before the commit point: is this answer good enough to show? */
    private void judge(Relay r) {
        if (begun) {
            return;
        }
        boolean good = responseNow().status() < 300;
        boolean stream = !(r.end() instanceof EndOfStream.Whole);
        EndOfStream.Opening opening = r.end().opening();
        if (good && stream && opening == EndOfStream.Opening.ERROR) {
            fail(new Failure(Kind.SERVER_ERROR, "its stream began with an error"), null);
        } else if (good && stream && opening == EndOfStream.Opening.GOOD) {
            begin(true);
        } else if (r.heldBytes() > MOST_HELD) {
            begin(stream);
        }
    }

    private void begin(boolean streaming) {
        begun = true;
        lease().firstToken(streaming && request.operation().infers());
        exchange.begun(this, responseNow(), relayNow());
    }

    private void ended(Relay r, boolean clean) {
        Response response = responseNow();
        if (response.status() >= 300 && !begun) {
            Failure failure = ErrorAnswers.classify(
                    response.status(), r.text(), response.head().first("retry-after") != null);
            if (failure != null) {
                returnConnection(clean);
                fail(failure, new ErrorAnswer(response, r));
                return;
            }
        }
        if (!r.end().complete() && !r.end().saidError()) {
            fail(new Failure(Kind.INCOMPLETE, "it ended the stream without finishing it"), null);
            return;
        }
        if (!begun) {
            begin(false);
        }
        if (over) {
            return;
        }
        r.finish();
        over(r.end().saidError() ? Outcome.FAIL : Outcome.OK);
        returnConnection(clean);
        exchange.complete(this);
    }

    private void returnConnection(boolean clean) {
        if (connection != null) {
            connection.giveBack(clean && sent && responseNow().keepAlive());
            connection = null;
        }
    }

    @Override
    public void burstOver() {
        if (begun) {
            exchange.flush();
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
        boolean nothingCame = head == null && partialHead == null;
        if (nothingCame && reused && !freshTried) {
            // It died while idle; the request was not read. Not the backend's failure: once more on a new connection.
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

    private void fail(Failure failure, @Nullable ErrorAnswer answer) {
        if (failure.kind() == Kind.SATURATED) {
            lease().saturated(RetryAfter.nanos(responseNow().head().first("retry-after")));
        }
        doubt(failure);
        over(failure.outcome());
        if (answer == null && relay != null && !begun) {
            relay.discard();
        }
        closeConnection();
        exchange.failed(this, failure, answer);
    }

    private void doubt(Failure failure) {
        switch (failure.kind()) {
            case CONNECT_REFUSED -> {
                backend().down(failure.message());
                backend().doubt(Backend.Doubt.ALIVE);
            }
            case CONNECT_TIMEOUT, LOST, CUT -> backend().doubt(Backend.Doubt.ALIVE);
            case MODEL_BROKEN -> {
                lease().modelBroke();
                backend().doubt(Backend.Doubt.INVENTORY);
            }
            case MODEL_MISSING -> backend().doubt(Backend.Doubt.INVENTORY);
            default -> {}
        }
    }

    /** Stops without a word to the exchange: the client is gone, or the answer is not wanted any more. */
    void cancel() {
        if (!over) {
            over(Outcome.NEUTRAL);
            if (relay != null) {
                relay.discard();
            }
            closeConnection();
        }
    }

    private void over(Outcome outcome) {
        over = true;
        loop.unwatch(this);
        lease().end(outcome);
        if (partialHead != null) {
            partialHead.release();
            partialHead = null;
        }
    }

    private void closeConnection() {
        if (connection != null) {
            BackendConnection c = connection;
            connection = null;
            c.close();
        }
    }

    /** The client does not read: stop reading from the backend, or go on. */
    void pause(boolean stop) {
        if (connection != null && stop != paused) {
            paused = stop;
            pausedSince = loop.now();
            lastByte = pausedSince;
            connection.channel().config().setAutoRead(!stop);
        }
    }

    @Override
    public void sweep(long now) {
        var timeouts = loop.shared().rules().timeouts();
        if (!begun && backend().health() == Backend.Health.DOWN) {
            fail(new Failure(Kind.HOST_DOWN, "it went down: " + backend().ailment()), null);
        } else if (!begun && now - deadline > 0) {
            fail(new Failure(Kind.FIRST_TOKEN_TIMEOUT, "it did not answer in time"), null);
        } else if (paused && now - pausedSince > timeouts.clientWrite().toNanos()) {
            fail(new Failure(Kind.CLIENT_STALLED, "the client does not read"), null);
        } else if (begun && !paused && now - lastByte > timeouts.idle().toNanos()) {
            fail(new Failure(Kind.IDLE_TIMEOUT, "it stopped in the middle of its answer"), null);
        }
    }

    private Response responseNow() {
        return java.util.Objects.requireNonNull(head);
    }

    private Relay relayNow() {
        return java.util.Objects.requireNonNull(relay);
    }
}

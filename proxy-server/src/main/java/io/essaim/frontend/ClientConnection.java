package io.essaim.frontend;

import io.essaim.api.Failure;
import io.essaim.api.Surface;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.fault.InternalFault;
import io.essaim.http.Answer;
import io.essaim.http.BadMessage;
import io.essaim.http.BodySink;
import io.essaim.http.Request;
import io.essaim.http.ResponseWriter;
import io.essaim.http.RouteId;
import io.essaim.listen.ClientConnections;
import io.essaim.listen.HalfClose;
import io.essaim.transport.FirstByte;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection. It reads requests one after the other and answers each before it reads the next. At most TLS
 * stands before it in the pipeline; answers are written as bytes, and nothing else encodes them.
 *
 * <p>While an answer is under way, bytes that the client sends ahead wait here, at most {@link #MOST_AHEAD}. A client
 * that leaves, by FIN or by RST, cancels its request, as with Ollama.
 *
 * <p>Confined to its event loop.
 */
public final class ClientConnection extends ChannelInboundHandlerAdapter implements ClientStream, Loop.Timed {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    private static final int MOST_AHEAD = 64 * 1024;

    private enum State {
        READING,
        BUSY,
        /** The last answer is written; what still comes is dropped until the client closes. */
        LINGER
    }

    private final Loop loop;
    private final ClientConnections connections;
    private final Supplier<FrontendServices> latest;
    private FrontendServices services;
    private final ClientDeadlines deadlines;
    private final Intake intake;
    private @Nullable ChannelHandlerContext ctx;
    private State state = State.READING;
    private Request request = Request.UNREADABLE;
    private List<String> fields = List.of();
    private Surface surface = Surface.NATIVE;
    private @Nullable ActiveRequest underWay;
    private boolean working;
    private boolean entered;
    private boolean closing;
    /** Whether something of the last answer is not with the kernel yet. */
    private boolean owes;

    private @Nullable InetAddress peer;

    /** @param latest what serves the next request */
    public ClientConnection(Loop loop, ClientConnections connections, Supplier<FrontendServices> latest) {
        this.loop = loop;
        this.connections = connections;
        this.latest = latest;
        this.services = latest.get();
        this.deadlines = new ClientDeadlines(loop.now(), services.rules().timeouts());
        this.intake = new Intake(loop, connections.bodies(), services, deadlines);
    }

    private ChannelHandlerContext ctx() {
        return Objects.requireNonNull(ctx);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ctx = context;
        peer = Intake.peer(context.channel());
        entered = connections.enter(context.channel(), peer, latest.get().rules(), loop.now())
                == ClientConnections.Entry.IN;
        if (entered) {
            loop.watch(this);
        } else {
            cut(); // TLS has not begun.
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        if (state == State.LINGER || !entered) {
            in.release();
            return;
        }
        intake.add(in, context.alloc());
        work();
    }

    /** Goes on with what has arrived, as far as it goes; not as long as the client does not read what it was answered. */
    private void work() {
        if (working) {
            return;
        }
        boolean waited = intake.waitsForRoom();
        working = true;
        try {
            while (state == State.READING && isWritable() && step()) {
                // Each step consumes something or starts something.
            }
            if (state == State.BUSY) {
                intake.flow();
            }
        } catch (BadMessage e) {
            refuse(e.status(), e.text());
        } catch (RuntimeException | Error e) { // Not for who answered the request before this one.
            fault(e);
        } finally {
            working = false;
        }
        boolean full = state == State.BUSY && intake.ahead() > MOST_AHEAD;
        if (full || state == State.READING && (intake.waitsForRoom() || !isWritable())) {
            ctx().channel().config().setAutoRead(false);
        } else if (waited && state == State.READING) {
            ctx().channel().config().setAutoRead(true);
        }
    }

    @SuppressWarnings("ReferenceEquality") // A change of the rules makes new services, even out of equal parts.
    private boolean step() throws BadMessage {
        FrontendServices next = latest.get();
        if (next != services && !intake.underWay()) {
            services = next;
            intake.adopt(next);
        }
        Intake.Event event = intake.next(ctx().channel());
        if (event instanceof Intake.Refused refused) {
            busy(refused.request(), List.of());
            answer(refused.answer());
        } else if (event instanceof Intake.Crowded crowded) {
            busy(crowded.admit().request(), crowded.admit().fields());
            answer(Answer.error(
                            crowded.admit().operation().surface(),
                            503,
                            "the proxy holds as many bytes of requests as it may. Please try again in 5s.",
                            "")
                    .with(List.of("X-Essaim-Reason: bodies", "Retry-After: 5"))
                    .closing());
        } else if (event instanceof Intake.Come come) {
            busy(come.admit().request(), come.admit().fields());
            surface = come.admit().operation().surface();
            ActiveRequest work = RequestDispatcher.receive(this, loop, services, come.admit(), come.body());
            if (work != null) {
                underWay = work;
                work.start();
            }
        }
        return event != null;
    }

    /** Refuses what is not a good request: no surface is known, and the connection cannot be used again. */
    private void refuse(int status, String text) {
        LOG.debug("refused {}: {} {}", ctx().channel().remoteAddress(), status, text);
        if (underWay != null) {
            underWay.cancel(); // What it waits for is the rest of its body.
        } else {
            busy(Request.UNREADABLE, List.of());
        }
        answer(Answer.refusal(status, text).with("X-Essaim-Reason: bad_request"));
    }

    private void busy(Request with, List<String> answerFields) {
        request = with;
        fields = answerFields;
        connections.busy(1);
        state = State.BUSY;
    }

    @Override
    public void answer(Answer answer) {
        boolean keep = keepAlive() && !answer.close() && !intake.flows();
        try {
            write(ResponseWriter.own(alloc(), request, answer.with(fields), keep));
            flush();
            refused(answer.status(), answer.fields());
        } catch (RuntimeException | Error e) {
            InternalFault.log("an answer of ours could not be written", e);
            drop();
            return;
        }
        finished(keep);
    }

    @Override
    public void refused(int status, List<String> own) {
        if (status == 401 || status == 403 || status == 429 || status == 503) {
            // The client has been told: what fails here must not tell it twice.
            InternalFault.each("noting a refusal", () -> {
                InetAddress client = intake.client();
                connections
                        .refusals()
                        .refused(Answer.kind(status, own), "", client == null ? peer : client, loop.now());
            });
        }
    }

    /** A fault of ours: the request under way is ended with it, and the connection if there is none. */
    @Override
    public void fault(Throwable cause) {
        ActiveRequest work = underWay;
        Failure why = InternalFault.ofRequest((work == null ? RouteId.next() : work.id()).text(), cause);
        if (state == State.READING && intake.underWay()) {
            busy(Request.UNREADABLE, List.of());
        }
        boolean busy = state == State.BUSY;
        InternalFault.each("telling a client that its request failed", () -> {
            if (work != null) {
                loop.watch(this); // The fault may have ended that; what is left to do has deadlines too.
                work.stop(why);
            } else if (busy) {
                answer(Answer.error(surface, why.status(), why.message(), "").closing());
            }
        });
        boolean untold = state == State.BUSY && underWay == work;
        if (untold || !busy) {
            giveUp();
        }
    }

    /** Ends the connection at once, whatever state it is in. */
    private void giveUp() {
        ActiveRequest work = underWay;
        InternalFault.each("ending a connection", () -> {
            if (work != null) {
                work.cancel();
            }
        });
        if (state == State.BUSY) {
            leave();
        }
        cut();
    }

    @Override
    public void finished(boolean keepAlive) {
        underWay = null;
        connections.busy(-1);
        try {
            goOn(keepAlive);
        } catch (RuntimeException | Error e) { // The request is over, so nobody is to be told.
            InternalFault.log("a connection is ended after an answer", e);
            ctx().close();
        }
    }

    private void goOn(boolean keepAlive) {
        if (!keepAlive || closing || connections.isClosing()) {
            linger();
            return;
        }
        state = State.READING;
        deadlines.idleBegins(loop.now());
        if (!ctx().channel().config().isAutoRead()) {
            ctx().channel().config().setAutoRead(true);
        }
        work();
    }

    /** Closes our side and waits a moment for the client to close his, so that the answer is not lost to a reset. */
    private void linger() {
        endOfReading();
        ctx().channel().config().setAutoRead(true);
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(written -> allWritten())
                .addListener(HalfClose.WHEN_WRITTEN);
    }

    /** From here on the client has a moment to close its side, however long it took over reading. */
    private void allWritten() {
        owes = false;
        deadlines.lingerBegins(loop.now());
    }

    @Override
    public void abort() {
        leave();
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> cut());
    }

    @Override
    public void drop() {
        leave();
        cut();
    }

    /** Closes without the word with which TLS ends properly: what the client has is not whole, or it reads nothing. */
    private void cut() {
        ChannelHandlerContext tls = ctx().pipeline().context(SslHandler.class);
        (tls == null ? ctx() : tls).close(); // From there on towards the socket.
    }

    private void leave() {
        underWay = null;
        connections.busy(-1);
        endOfReading();
    }

    private void endOfReading() {
        state = State.LINGER;
        owes = true;
        deadlines.lingerBegins(loop.now());
        intake.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean notified = event instanceof SslCloseCompletionEvent said && said.isSuccess();
        if (notified || event instanceof ChannelInputShutdownEvent) {
            if (state == State.READING && intake.underWay()) {
                refuse(400, "the request ended before it was complete");
            } else {
                context.close();
            }
        } else if (event == FirstByte.Clear.TEXT && state == State.READING && entered) {
            refuse(400, "this port speaks https: use https:// instead of http:// in the URL");
        } else if (event == ClientConnections.Closing.TIME) {
            closing = true;
            if (state == State.READING && !intake.underWay()) {
                context.close();
            }
        } else if (event == ClientConnections.Closing.NOW && underWay != null) {
            underWay.stop(new Failure(Failure.Kind.SHUTTING_DOWN, "the proxy is stopping"));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.unwatch(this);
        if (!entered) {
            return;
        }
        connections.leave(peer);
        boolean busy = state == State.BUSY;
        state = State.LINGER;
        ActiveRequest work = underWay;
        underWay = null;
        if (work != null) {
            InternalFault.each("ending a request whose client left", work::cancel);
        }
        if (busy) { // Only now: who waits until nobody is busy finds every slot given back.
            connections.busy(-1);
        }
        intake.release();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (underWay != null) {
            underWay.writabilityChanged(context.channel().isWritable());
        } else if (state == State.READING && entered && isWritable()) {
            deadlines.idleBegins(loop.now());
            context.channel().config().setAutoRead(true);
            work();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (InternalFault.isOfTransport(cause)) { // Faults of TLS are such too.
            LOG.debug("connection of {} broke: {}", context.channel().remoteAddress(), cause.getMessage());
            context.close();
        } else {
            fault(cause);
        }
    }

    @Override
    public void sweep(long now) {
        if (state == State.READING && intake.waitsForRoom()) {
            work();
        }
        if (state == State.READING) {
            String late = intake.late(now);
            if (late != null) {
                refuse(408, late);
            } else if (!intake.underWay() && deadlines.idleLate(now)) {
                ctx().close();
            }
        } else if (state == State.BUSY && intake.flowLate(now)) {
            refuse(408, "the body of the request stopped coming");
        } else if (state == State.LINGER && deadlines.lingerLate(now, owes)) {
            cut();
        }
    }

    @Override
    public ByteBufAllocator alloc() {
        return ctx().alloc();
    }

    @Override
    public Request request() {
        return request;
    }

    @Override
    public List<String> fields() {
        return fields;
    }

    @Override
    public boolean keepAlive() {
        return request.keepAlive() && !closing && !connections.isClosing();
    }

    @Override
    public void write(ByteBuf piece) {
        ctx().write(piece, ctx().voidPromise());
    }

    @Override
    public void flush() {
        ctx().flush();
    }

    @Override
    public void bodyTo(@Nullable BodySink sink) {
        intake.flowTo(sink, ctx().channel());
        ctx().channel().config().setAutoRead(sink != null);
        work();
    }

    @Override
    public boolean isWritable() {
        return ctx().channel().isWritable();
    }
}

package io.essaim.relay;

import io.essaim.api.Operation;
import io.essaim.http.BadMessage;
import io.essaim.http.Request;
import io.essaim.http.RequestReader;
import io.essaim.model.BodyScan;
import io.essaim.model.ModelName;
import io.essaim.model.RefusedBody;
import io.essaim.model.RequestFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: reads requests one after the other, lets the gatekeeper decide, and either answers or starts an
 * {@link Exchange}. It is the only handler of its channel; answers are written as bytes, nothing encodes them.
 *
 * <p>While an answer is under way, what the client sends ahead waits here, at most {@link #MOST_AHEAD} bytes. A client that
 * leaves, by FIN as well as by RST, cancels what it asked for, as with Ollama.
 *
 * <p>Confined to its event loop.
 */
public final class Frontend extends ChannelInboundHandlerAdapter implements Client, Loop.Timed {
    private static final Logger LOG = LoggerFactory.getLogger(Frontend.class);
    private static final int MOST_AHEAD = 64 * 1024;
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private enum State {
        HEAD,
        BODY,
        BUSY,
        /** The last answer is written; what still comes is dropped until the client closes. */
        LINGER
    }

    private final Loop loop;
    private final Door door;
    private final Gatekeeper gatekeeper;
    private final ClientDeadlines deadlines;
    private final RequestReader reader = new RequestReader();
    private @Nullable ChannelHandlerContext ctx;
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private State state = State.HEAD;
    private Gatekeeper.@Nullable Admit admitted;
    private @Nullable RequestBody body;
    private @Nullable Exchange exchange;
    private boolean working;
    private boolean entered;

    Frontend(Loop loop, Door door, Gatekeeper gatekeeper) {
        this.loop = loop;
        this.door = door;
        this.gatekeeper = gatekeeper;
        this.deadlines = new ClientDeadlines(loop.now(), loop.shared().rules().timeouts());
    }

    /** A maker of frontends for one set of rules. */
    public static java.util.function.Function<Loop, Frontend> maker(Shared shared, Door door) {
        Gatekeeper gatekeeper = new Gatekeeper(shared.rules());
        return loop -> new Frontend(loop, door, gatekeeper);
    }

    private ChannelHandlerContext ctx() {
        return Objects.requireNonNull(ctx);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ctx = context;
        entered = door.enter(context.channel());
        if (!entered) {
            context.close();
            return;
        }
        loop.watch(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        if (state == State.LINGER || !entered) {
            in.release();
            return;
        }
        pending =
                pending.isReadable() ? ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), pending, in) : in;
        work();
    }

    /** Goes on with what has arrived, as far as it goes. */
    private void work() {
        if (working) {
            return;
        }
        working = true;
        try {
            while (step()) {
                // Each step consumes something or starts something.
            }
        } catch (BadMessage e) {
            refuse(Answer.refusal(e.status(), e.text()));
        } finally {
            working = false;
        }
        if (!pending.isReadable()) {
            pending.release();
            pending = Unpooled.EMPTY_BUFFER;
        } else if (state == State.BUSY && pending.readableBytes() > MOST_AHEAD) {
            ctx().channel().config().setAutoRead(false);
        }
    }

    private boolean step() throws BadMessage {
        return switch (state) {
            case HEAD -> pending.isReadable() && head();
            case BODY -> body();
            case BUSY, LINGER -> false;
        };
    }

    private boolean head() throws BadMessage {
        deadlines.headBegins(loop.now());
        if (!reader.read(pending)) {
            return false;
        }
        Request request = reader.request();
        reader.reset();
        Gatekeeper.Decision decision = gatekeeper.decide(request, peer());
        if (decision instanceof Gatekeeper.Refuse refuse) {
            admitted = new Gatekeeper.Admit(Operation.ROOT, request, "");
            answer(refuse.answer(), List.of());
            return true;
        }
        admitted = (Gatekeeper.Admit) decision;
        long limit =
                admitted.operation().relayed() ? loop.shared().rules().limits().maxBody() : MOST_AHEAD;
        if (request.length() > limit) {
            refuse(Answer.refusal(413, "the body is larger than " + limit + " bytes"));
            return false;
        }
        body = new RequestBody(ctx().alloc(), request.length(), limit);
        deadlines.bodyBegins(loop.now());
        state = State.BODY;
        if (request.expectsContinue() && !pending.isReadable()) {
            ctx().writeAndFlush(Unpooled.wrappedBuffer(CONTINUE));
        }
        return true;
    }

    private boolean body() throws BadMessage {
        RequestBody gathering = Objects.requireNonNull(body);
        boolean whole = gathering.take(pending);
        deadlines.bodyReceived(gathering.received());
        if (!whole) {
            return false;
        }
        body = null;
        dispatch(Objects.requireNonNull(admitted), gathering.take());
        return true;
    }

    /** The whole request is here; the body is taken over. */
    private void dispatch(Gatekeeper.Admit admit, ByteBuf whole) {
        RouteId id = RouteId.next();
        if (!admit.operation().relayed()) {
            whole.release();
            answer(
                    LocalAnswers.to(
                            admit.operation(),
                            admit.request().path(),
                            loop.shared().answers()),
                    List.of("X-Essaim-Route-Id: " + id));
            return;
        }
        busy(State.BUSY);
        RequestFields fields;
        try {
            fields = BodyScan.scan(
                    whole.array(), whole.arrayOffset() + whole.readerIndex(), whole.readableBytes(), admit.operation());
        } catch (RefusedBody e) {
            whole.release();
            var wording = Answer.error(admit.operation().surface(), 400, e.text(), id.toString());
            answer(wording.closing(), List.of("X-Essaim-Route-Id: " + id, "X-Essaim-Reason: " + e.reason()));
            return;
        }
        ModelName model =
                fields.model() == null ? null : ModelName.parse(fields.model()).orElse(null);
        if (model == null) {
            whole.release();
            answer(BadModel.answer(admit.operation(), fields.model(), id), List.of("X-Essaim-Route-Id: " + id));
            return;
        }
        Exchange.Ask ask = new Exchange.Ask(admit.operation(), fields, admit.agent(), id);
        exchange = new Exchange(this, loop, ask, model, whole);
        exchange.start();
    }

    private void answer(Answer answer, List<String> own) {
        busy(State.BUSY);
        boolean keep = keepAlive() && !answer.close();
        List<String> fields = own.isEmpty() ? new ArrayList<>(0) : own;
        write(ResponseWriter.own(alloc(), request(), answer, fields, keep));
        flush();
        finished(keep);
    }

    /** Refuses what is not a good request: no surface is known, and the connection cannot be used again. */
    private void refuse(Answer answer) {
        if (state == State.BUSY || state == State.LINGER) {
            return;
        }
        admitted = new Gatekeeper.Admit(Operation.ROOT, Request.UNREADABLE, "");
        LOG.debug("refused {}: {}", ctx().channel().remoteAddress(), answer.status());
        answer(answer, List.of("X-Essaim-Reason: bad_request"));
    }

    private void busy(State next) {
        if (state != State.BUSY && next == State.BUSY) {
            door.busy(1);
        }
        state = next;
    }

    @Override
    public void finished(boolean keepAlive) {
        exchange = null;
        door.busy(-1);
        Channel channel = ctx().channel();
        if (!keepAlive || door.isClosing()) {
            linger();
            return;
        }
        state = State.HEAD;
        deadlines.idleBegins(loop.now());
        if (!channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
        work();
    }

    /** Closes our side and waits a moment for the client to close his, so that the answer is not lost to a reset. */
    private void linger() {
        state = State.LINGER;
        dropPending();
        deadlines.lingerBegins(loop.now());
        ctx().channel().config().setAutoRead(true);
        Channel channel = ctx().channel();
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(f -> {
            if (channel instanceof io.netty.channel.socket.DuplexChannel duplex && channel.isActive()) {
                if (duplex.isInputShutdown()) {
                    channel.close();
                } else {
                    duplex.shutdownOutput();
                }
            }
        });
    }

    @Override
    public void abort() {
        leave();
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    }

    @Override
    public void drop() {
        leave();
        ctx().close();
    }

    private void leave() {
        exchange = null;
        door.busy(-1);
        state = State.LINGER;
        deadlines.lingerBegins(loop.now());
        dropPending();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputShut();
        } else if (event == Door.Closing.TIME && state == State.HEAD && !reader.underWay()) {
            context.close();
        }
    }

    private void inputShut() {
        boolean partial = state == State.BODY || state == State.HEAD && reader.underWay();
        if (partial) {
            refuse(Answer.refusal(400, "the request ended before it was complete"));
        } else {
            ctx().close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.unwatch(this);
        if (!entered) {
            return;
        }
        door.leave();
        if (state == State.BUSY) {
            door.busy(-1);
        }
        state = State.LINGER;
        if (exchange != null) {
            exchange.cancel();
            exchange = null;
        }
        if (body != null) {
            body.release();
            body = null;
        }
        dropPending();
    }

    private void dropPending() {
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.writabilityChanged(context.channel().isWritable());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof java.io.IOException)) {
            LOG.error("a request failed in an unforeseen way; its connection is closed", cause);
        }
        context.close();
    }

    @Override
    public void sweep(long now) {
        switch (state) {
            case HEAD -> {
                if (reader.underWay() ? deadlines.headLate(now) : deadlines.idleLate(now)) {
                    if (reader.underWay()) {
                        refuse(Answer.refusal(408, "the head of the request took too long"));
                    } else {
                        ctx().close();
                    }
                }
            }
            case BODY -> {
                if (deadlines.bodyLate(now)) {
                    refuse(Answer.refusal(408, "the body of the request came too slowly"));
                }
            }
            case LINGER -> {
                if (deadlines.lingerLate(now, !isWritable())) {
                    ctx().close();
                }
            }
            case BUSY -> {}
        }
    }

    private @Nullable InetAddress peer() {
        return ctx().channel().remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    @Override
    public ByteBufAllocator alloc() {
        return ctx().alloc();
    }

    @Override
    public Request request() {
        return Objects.requireNonNull(admitted).request();
    }

    @Override
    public boolean keepAlive() {
        return request().keepAlive() && !door.isClosing();
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
    public boolean isWritable() {
        return ctx().channel().isWritable();
    }
}

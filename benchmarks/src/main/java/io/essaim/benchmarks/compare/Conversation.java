package io.essaim.benchmarks.compare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One client connection: asks, reads the answer, may ask again. Lives on one event loop. */
@SuppressWarnings(
        "FutureReturnValueIgnored") // What a write or close comes to is seen in exceptionCaught and channelInactive.
final class Conversation extends ChannelInboundHandlerAdapter {

    /** Hears how the answers go; called on the event loop. */
    interface Listener {
        /** Connected: the first question may be asked. */
        void ready(Conversation conversation);

        /** The first line of an answer came that many nanoseconds after the question. */
        void firstLine(long nanos);

        /** That many further lines came. */
        void lines(int count);

        /** The answer is over; {@code failure} is null if it was exactly what was sent. */
        void ended(Conversation conversation, @Nullable String failure);
    }

    private final Listener listener;
    private final ByteBuf question;
    private final int tokens;
    private final AnswerReader answer = new AnswerReader();
    private @Nullable ChannelHandlerContext context;
    private boolean asking;
    private long askedAt;

    Conversation(Listener listener, int tokens) {
        this.listener = listener;
        this.tokens = tokens;
        this.question = Unpooled.wrappedBuffer(Wire.chatRequest(tokens));
    }

    void ask() {
        ChannelHandlerContext ctx = Objects.requireNonNull(context, "not connected");
        answer.reset();
        asking = true;
        askedAt = System.nanoTime();
        ctx.writeAndFlush(question.retainedDuplicate(), ctx.voidPromise());
    }

    void close() {
        asking = false;
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        listener.ready(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        long now = System.nanoTime();
        try {
            ByteBuf in = (ByteBuf) msg;
            int before = answer.lines();
            boolean complete = answer.read(in);
            int fresh = answer.lines() - before;
            if (fresh > 0) {
                if (before == 0) {
                    listener.firstLine(now - askedAt);
                }
                listener.lines(fresh);
            }
            if (complete) {
                end(in.isReadable() ? "bytes after the end of the answer" : answer.mismatch(tokens));
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end("connection closed after " + answer.lines() + " lines of " + (tokens + 1));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end(cause instanceof IllegalStateException ? cause.getMessage() : cause.toString());
        ctx.close();
    }

    private void end(@Nullable String failure) {
        if (asking) {
            asking = false;
            listener.ended(this, failure);
        }
    }
}

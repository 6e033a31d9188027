package io.essaim.admin;

import io.essaim.http.Answer;
import io.essaim.http.BadMessage;
import io.essaim.http.Request;
import io.essaim.http.RequestReader;
import io.essaim.http.ResponseWriter;
import io.essaim.listen.HalfClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the admin pages: answers one request after the other, none while the client does not read. A body is
 * never read: the answer to a request that has one is the last. Confined to its event loop.
 */
final class AdminConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(AdminConnection.class);

    /** From one answer to the next: bounds idle connections, slow heads and clients that do not read alike. */
    private static final int PATIENCE_SECONDS = 30;

    private static final int LINGER_SECONDS = 2;

    private final AdminPages pages;
    private final RequestReader reader = new RequestReader();
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private @Nullable Future<?> limit;
    private boolean working;
    private boolean last;

    AdminConnection(AdminPages pages) {
        this.pages = pages;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        closeIn(PATIENCE_SECONDS, context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        if (last) {
            in.release();
            return;
        }
        pending =
                pending.isReadable() ? ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), pending, in) : in;
        work(context);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        work(context);
    }

    /** Goes on with what has arrived, as far as it goes. */
    private void work(ChannelHandlerContext context) {
        Channel channel = context.channel();
        if (working || last) {
            return; // Writing may call back.
        }
        working = true;
        try {
            while (!last && channel.isWritable() && pending.isReadable() && reader.read(pending)) {
                Request request = reader.request();
                reader.reset();
                Answer answer = pages.routes().answer(request, peer(channel));
                write(context, request, request.hasBody() ? answer.closing() : answer);
            }
        } catch (BadMessage e) {
            write(context, Request.UNREADABLE, pages.routes().refusal(e.status(), e.text()));
        } finally {
            working = false;
        }
        if (!pending.isReadable()) {
            drop();
        }
        channel.config().setAutoRead(last || channel.isWritable());
    }

    private void write(ChannelHandlerContext context, Request request, Answer answer) {
        boolean keep = request.keepAlive() && !answer.close();
        ChannelFuture written = context.writeAndFlush(ResponseWriter.own(context.alloc(), request, answer, keep));
        closeIn(PATIENCE_SECONDS, context);
        if (!keep) {
            last = true;
            drop();
            // What is on its way to us must not become a reset that takes the answer with it.
            written.addListener(HalfClose.WHEN_WRITTEN);
            written.addListener(done -> closeIn(LINGER_SECONDS, context));
        }
    }

    private void closeIn(int seconds, ChannelHandlerContext context) {
        if (limit != null) {
            limit.cancel(false);
        }
        limit = context.executor().schedule(() -> context.close(), seconds, TimeUnit.SECONDS);
    }

    private static @Nullable InetAddress peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    private void drop() {
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        last = true;
        drop();
        if (limit != null) {
            limit.cancel(false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("an admin page failed in an unforeseen way; its connection is closed", cause);
        }
        context.close();
    }
}

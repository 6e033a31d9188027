package io.essaim.simulator;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One client connection: takes one request at a time, keeps pipelined ones back until the answer has ended, and tells the exchange when
 * the client leaves.
 */
final class HttpFront extends ChannelInboundHandlerAdapter {
    private final Router router;
    private final Deque<Object> kept = new ArrayDeque<>();
    private @Nullable Exchange exchange;
    private @Nullable Body body;
    private boolean readingBody;

    /** Where the body of a request goes. */
    interface Body {
        void add(byte[] bytes);

        void complete();
    }

    HttpFront(Router router) {
        this.router = router;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        router.connections().add(context.channel());
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isAnswering() || !kept.isEmpty()) {
            kept.add(message);
            // As net/http: what is pipelined is not read on, so a client that pipelines and leaves is noticed late.
            context.channel().config().setAutoRead(false);
            return;
        }
        take(context, message);
    }

    private boolean isAnswering() {
        return exchange != null && !exchange.isEnded() && !readingBody;
    }

    private void take(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpRequest request) {
                begin(context, request);
            }
            if (message instanceof HttpContent content && readingBody) {
                receive(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            HttpRefusals.malformed(context, request.decoderResult().cause());
            return;
        }
        if (HttpRefusals.refuse(context, request)) {
            return;
        }
        readingBody = true;
        Exchange next = new Exchange(
                context,
                request,
                Router.path(request.uri()),
                () -> context.executor().execute(() -> drain(context)));
        exchange = next;
        body = router.accept(next, () -> new Collected(next, router));
        if (HttpUtil.is100ContinueExpected(request) && !next.isEnded()) {
            var unused = context.writeAndFlush(
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    private void receive(HttpContent content) {
        Body sink = body;
        Exchange current = exchange;
        if (sink == null || current == null) {
            return;
        }
        if (content.decoderResult().isFailure()) {
            readingBody = false;
            current.closeAfterwards();
            current.refuse(new Refusal(400, "invalid byte in chunk length"));
            return;
        }
        ByteBuf bytes = content.content();
        if (bytes.isReadable()) {
            byte[] copy = new byte[bytes.readableBytes()];
            bytes.readBytes(copy);
            sink.add(copy);
        }
        if (content instanceof LastHttpContent) {
            readingBody = false;
            if (!current.isEnded()) {
                sink.complete();
            }
        }
    }

    private void drain(ChannelHandlerContext context) {
        while (!kept.isEmpty() && !isAnswering()) {
            take(context, kept.removeFirst());
        }
        if (kept.isEmpty() && context.channel().isOpen()) {
            context.channel().config().setAutoRead(true);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.gone();
        }
        kept.forEach(ReferenceCountUtil::release);
        kept.clear();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            org.slf4j.LoggerFactory.getLogger(HttpFront.class).warn("a simulated exchange failed", cause);
        }
        var unused = context.close();
    }

    /** A body that is read whole before its request is served. */
    private static final class Collected implements Body {
        private final Exchange exchange;
        private final Router router;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);

        Collected(Exchange exchange, Router router) {
            this.exchange = exchange;
            this.router = router;
        }

        @Override
        public void add(byte[] more) {
            bytes.write(more, 0, more.length);
        }

        @Override
        public void complete() {
            router.serve(exchange, bytes.toByteArray());
        }
    }
}

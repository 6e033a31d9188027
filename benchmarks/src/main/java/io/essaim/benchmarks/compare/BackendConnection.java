package io.essaim.benchmarks.compare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection to the paced backend. The first token leaves with the head of the answer, at once; the others are paced.
 *
 * <p>An answer of a single token ends at once too (in a write of its own): that is what the time to first token is measured with.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a write or close comes to is seen in exceptionCaught and isActive.
final class BackendConnection extends ChannelInboundHandlerAdapter {

    private static final Pattern NUM_PREDICT = Pattern.compile("\"num_predict\"\\s*:\\s*(\\d{1,7})");
    private static final int TOKENS_UNLESS_ASKED = 16;

    private static final ByteBuf OPENING = shared(
            Wire.bytes("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Wire.chunk(Wire.TOKEN_LINE));
    private static final ByteBuf TOKEN = shared(Wire.chunk(Wire.TOKEN_LINE));

    private final Pacer pacer;
    private final RequestReader request = new RequestReader();
    private boolean answering;

    BackendConnection(Pacer pacer) {
        this.pacer = pacer;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            ByteBuf in = (ByteBuf) msg;
            while (in.isReadable()) {
                if (answering) {
                    throw new IllegalStateException("a second request before the end of the answer");
                }
                if (request.read(in)) {
                    answer(ctx.channel());
                }
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IllegalStateException) {
            System.err.println("backend: " + cause.getMessage());
        }
        ctx.close();
    }

    private void answer(Channel channel) {
        String target = request.target();
        if (target.equals("POST /api/chat")) {
            stream(channel, tokensAsked(request.body()));
        } else {
            byte[] canned = CannedAnswers.to(target);
            send(channel, Unpooled.wrappedBuffer(canned == null ? CannedAnswers.notFound() : canned));
        }
        request.reset();
    }

    private void stream(Channel channel, int tokens) {
        answering = true;
        send(channel, OPENING.retainedDuplicate());
        PacedAnswer rest = new PacedAnswer(channel, tokens);
        if (tokens == 1) {
            channel.eventLoop().execute(rest::send);
        } else {
            pacer.add(rest);
        }
    }

    private static int tokensAsked(String body) {
        Matcher matcher = NUM_PREDICT.matcher(body);
        return matcher.find() ? Math.max(1, Integer.parseInt(matcher.group(1))) : TOKENS_UNLESS_ASKED;
    }

    private static void send(Channel channel, ByteBuf bytes) {
        channel.writeAndFlush(bytes, channel.voidPromise());
    }

    private static ByteBuf shared(byte[]... parts) {
        ByteBuf joined = Unpooled.directBuffer();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined;
    }

    private final class PacedAnswer implements Pacer.Stream {

        private final Channel channel;
        private final int tokens;
        private int remaining;

        PacedAnswer(Channel channel, int tokens) {
            this.channel = channel;
            this.tokens = tokens;
            this.remaining = tokens - 1;
        }

        @Override
        public boolean send() {
            if (!channel.isActive()) {
                return false;
            }
            if (remaining > 0) {
                remaining--;
                BackendConnection.send(channel, TOKEN.retainedDuplicate());
                return true;
            }
            answering = false;
            byte[] done = Wire.chunk(Wire.doneLine(tokens));
            BackendConnection.send(channel, Unpooled.wrappedBuffer(done, Wire.LAST_CHUNK));
            return false;
        }
    }
}

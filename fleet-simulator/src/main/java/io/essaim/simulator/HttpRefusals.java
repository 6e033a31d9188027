package io.essaim.simulator;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpServerCodec;
import org.jspecify.annotations.Nullable;

/** What Go's net/http answers to messages that are no HTTP, before any handler: no Content-Length, the end is the close. */
final class HttpRefusals {
    private HttpRefusals() {}

    static void malformed(ChannelHandlerContext context, @Nullable Throwable cause) {
        String text = cause == null ? "" : String.valueOf(cause.getMessage());
        if (text.contains("header name")) {
            plain(context, "400 Bad Request: invalid header name", "400 Bad Request: invalid header name");
        } else {
            plain(context, "400 Bad Request", "400 Bad Request");
        }
    }

    /** Writes the message past the HTTP codec, whose reason phrases are fixed, and closes. */
    static void plain(ChannelHandlerContext context, String statusLine, String body) {
        String message = "HTTP/1.1 " + statusLine
                + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + body;
        // From before the codec, whose encoder takes no raw bytes.
        ChannelHandlerContext codec = context.pipeline().context(HttpServerCodec.class);
        var unused = codec.writeAndFlush(ByteBufUtil.writeUtf8(context.alloc(), message))
                .addListener(ChannelFutureListener.CLOSE);
    }
}

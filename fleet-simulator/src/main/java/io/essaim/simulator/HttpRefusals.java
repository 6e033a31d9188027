package io.essaim.simulator;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
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

    /** Refuses what Netty's decoder lets pass and Go's does not; returns whether it did. */
    static boolean refuse(ChannelHandlerContext context, HttpRequest request) {
        HttpVersion version = request.protocolVersion();
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        String coding = request.headers().get(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        if (request.method().name().equals("PRI")) {
            raw(
                    context,
                    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nDate: " + HttpDate.now()
                            + "\r\nContent-Length: 0\r\n\r\n");
        } else if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            String text = "505 HTTP Version Not Supported: unsupported protocol version";
            plain(context, text, text);
        } else if (!coding.equalsIgnoreCase("chunked")) {
            plain(context, "501 Not Implemented", "Unsupported transfer encoding");
        } else if (hosts.isEmpty() && version.equals(HttpVersion.HTTP_1_1)) {
            String text = "400 Bad Request: missing required Host header";
            plain(context, text, text);
        } else if (hosts.size() > 1) {
            plain(context, "400 Bad Request", "400 Bad Request");
        } else {
            return false;
        }
        return true;
    }

    /** Writes the message past the HTTP codec, whose reason phrases are fixed, and closes. */
    private static void plain(ChannelHandlerContext context, String statusLine, String body) {
        String message = "HTTP/1.1 " + statusLine
                + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + body;
        raw(context, message);
    }

    private static void raw(ChannelHandlerContext context, String message) {
        // From before the codec, whose encoder takes no raw bytes.
        ChannelHandlerContext codec = context.pipeline().context(HttpServerCodec.class);
        var unused = codec.writeAndFlush(ByteBufUtil.writeUtf8(context.alloc(), message))
                .addListener(ChannelFutureListener.CLOSE);
    }
}

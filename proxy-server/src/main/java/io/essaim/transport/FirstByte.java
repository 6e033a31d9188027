package io.essaim.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The first handler of a connection to a port with TLS: looks at its first byte, puts TLS in its own place, or tells the next
 * handler that the client speaks in clear. One per connection, one event loop.
 */
public final class FirstByte extends ChannelInboundHandlerAdapter {
    /** The type of the record that TLS begins with (RFC 8446 5.1); a method of HTTP begins with a letter. */
    private static final byte HANDSHAKE = 0x16;

    private final ServerTls tls;

    FirstByte(ServerTls tls) {
        this.tls = tls;
    }

    /** Told to the next handler, before the bytes, when a client speaks in clear where TLS is spoken. */
    public enum Clear {
        TEXT
    }

    /** Whether a client begins with TLS. */
    public static boolean isTls(ByteBuf in) {
        return in.isReadable() && in.getByte(in.readerIndex()) == HANDSHAKE;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        if (isTls((ByteBuf) msg)) {
            context.pipeline().addAfter(context.name(), null, tls.handshake(context.alloc()));
        } else {
            context.fireUserEventTriggered(Clear.TEXT);
        }
        context.pipeline().remove(this); // Before the bytes go on: they may end the connection.
        context.fireChannelRead(msg);
    }
}

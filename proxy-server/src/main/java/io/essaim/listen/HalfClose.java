package io.essaim.listen;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * Closes the proxy's side of a client connection once the last answer is written, and all of it when the client has
 * closed its side. A close with unread bytes would make the kernel send a reset, and the answer could be lost. With
 * TLS, close_notify goes first.
 */
public enum HalfClose implements ChannelFutureListener {
    WHEN_WRITTEN;

    @Override
    public void operationComplete(ChannelFuture written) {
        if (written.channel() instanceof DuplexChannel channel && channel.isActive()) {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null) {
                close(channel);
            } else {
                tls.closeOutbound().addListener(said -> close(channel));
            }
        }
    }

    private static void close(DuplexChannel channel) {
        if (channel.isActive()) {
            if (channel.isInputShutdown()) {
                channel.close();
            } else {
                channel.shutdownOutput();
            }
        }
    }
}

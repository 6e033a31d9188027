package io.essaim.benchmarks.compare;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;

/** Opens client connections to one port of this machine, all on one event loop. */
record Dialer(EventLoop loop, int port) {

    /** Connects; a connection that cannot be made ends the conversation at once. */
    void dial(Conversation conversation, Conversation.Listener listener) {
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 10_000)
                .handler(conversation)
                .connect(InetAddress.getLoopbackAddress(), port)
                .addListener(connected -> {
                    Throwable cause = connected.cause();
                    if (cause != null) {
                        listener.ended(conversation, cause.toString());
                    }
                });
    }
}

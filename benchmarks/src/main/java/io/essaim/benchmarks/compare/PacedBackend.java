package io.essaim.benchmarks.compare;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/** The process that plays the Ollama: one event loop, bytes prepared beforehand. It says its port, and ends with its standard input. */
final class PacedBackend {

    private PacedBackend() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        // Standard output is the line to the comparison; this factory writes to standard error.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Pacer pacer = new Pacer(group.next(), System::nanoTime);
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new BackendConnection(pacer));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        System.out.println(new Message("ok", Map.of("port", Integer.toString(port))).encode());
        while (System.in.read() >= 0) {
            // Nothing is asked of the backend here: the end of input is its only order.
        }
        System.exit(0);
    }
}

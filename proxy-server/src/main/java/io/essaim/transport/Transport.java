package io.essaim.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Locale;

/**
 * The choice between io_uring, epoll and NIO, made once at start, and the socket options that bound latency and memory.
 *
 * <p>epoll comes first although io_uring is newer: at 50 and 200 streams it costs less CPU per token here (docs/decisions).
 * Options: no delay on both sides; the kernel holds at most 16 KiB unsent per client, so a client that does not read is
 * noticed instead of buffered for; dead hosts are noticed by keep-alive and user timeout.
 */
public final class Transport {
    /** The kinds, best first. */
    public enum Kind {
        EPOLL,
        IO_URING,
        NIO;

        boolean available() {
            return switch (this) {
                case EPOLL -> Epoll.isAvailable();
                case IO_URING -> IoUring.isAvailable();
                case NIO -> true;
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int NOT_SENT_LOW_WATER = 16 * 1024;
    /**
     * What the kernel keeps of a backend's answer that its client does not read. A host is near, so that little is on its way; a cloud is
     * far, and a small window would make it slow.
     */
    private static final int NEAR_BUFFER = 16 * 1024;

    private static final int FAR_BUFFER = 64 * 1024;
    private static final WriteBufferWaterMark CLIENT_MARKS = new WriteBufferWaterMark(8 * 1024, 16 * 1024);

    private final Kind kind;
    private final HostResolver names;

    private Transport(Kind kind) {
        this(kind, InetAddress::getAllByName);
    }

    /** @param lookup how names are looked up; it may block */
    Transport(Kind kind, HostResolver.Lookup lookup) {
        this.kind = kind;
        this.names = new HostResolver(lookup);
    }

    /** The best transport that works here. */
    public static Transport best() {
        for (Kind kind : Kind.values()) {
            if (kind.available()) {
                return new Transport(kind);
            }
        }
        throw new IllegalStateException("NIO is always available");
    }

    /**
     * A transport by its name: {@code epoll}, {@code io_uring} or {@code nio}.
     *
     * @throws IllegalArgumentException when there is no such transport, or it does not work here
     */
    public static Transport named(String name) {
        for (Kind kind : Kind.values()) {
            if (kind.toString().equals(name)) {
                if (!kind.available()) {
                    throw new IllegalArgumentException("the transport " + name + " does not work on this machine");
                }
                return new Transport(kind);
            }
        }
        throw new IllegalArgumentException("no transport named " + name + ": epoll, io_uring or nio");
    }

    public Kind kind() {
        return kind;
    }

    /** Event loops, named {@code loop-N}; the caller shuts them down. */
    public EventLoopGroup loops(int n) {
        IoHandlerFactory handlers = switch (kind) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
        return new MultiThreadIoEventLoopGroup(n, new io.netty.util.concurrent.DefaultThreadFactory("loop"), handlers);
    }

    /** A server bootstrap with the client side's options. */
    public ServerBootstrap server(EventLoopGroup loops) {
        Class<? extends ServerChannel> type = switch (kind) {
            case EPOLL -> EpollServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
            case NIO -> NioServerSocketChannel.class;
        };
        ServerBootstrap server = new ServerBootstrap()
                .group(loops)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, CLIENT_MARKS);
        switch (kind) {
            case EPOLL -> server.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) NOT_SENT_LOW_WATER);
            case IO_URING -> server.childOption(IoUringChannelOption.TCP_NOTSENT_LOWAT, (long) NOT_SENT_LOW_WATER);
            case NIO -> server.childOption(ChannelOption.SO_SNDBUF, 2 * NOT_SENT_LOW_WATER);
        }
        return server;
    }

    /**
     * The same for a listening socket that is open already: the bootstrap is to be registered, not bound. Only with {@link Kind#EPOLL}.
     *
     * @param descriptor taken over by the channel
     */
    public ServerBootstrap server(EventLoopGroup loops, int descriptor) {
        if (kind != Kind.EPOLL) {
            throw new IllegalStateException("only epoll takes up an open socket");
        }
        ServerBootstrap server = server(loops);
        ServerBootstrap adopting = new ServerBootstrap().group(loops);
        server.config().childOptions().forEach((option, value) -> childOption(adopting, option, value));
        return adopting.channelFactory(() -> new EpollServerSocketChannel(descriptor));
    }

    @SuppressWarnings("unchecked") // A bootstrap holds each option with a value of its type.
    private static <T> void childOption(ServerBootstrap server, ChannelOption<T> option, Object value) {
        server.childOption(option, (T) value);
    }

    /**
     * Connects to a name, or a literal without brackets: each of its addresses is tried until one answers.
     *
     * @param client of {@link #client}, on that event loop; its handler serves each address that is tried
     * @param timeout for all of it, the look-up of the name included
     * @return told on the event loop
     */
    public Future<Channel> connect(Bootstrap client, EventLoop loop, String host, int port, Duration timeout) {
        return ConnectionAttempt.begin(names, client, loop, host, port, timeout);
    }

    /**
     * A client bootstrap with the backend side's options, on that event loop.
     *
     * @param far whether the backend is likely to be beyond the local network
     */
    public Bootstrap client(EventLoop loop, boolean far) {
        Class<? extends Channel> type = switch (kind) {
            case EPOLL -> EpollSocketChannel.class;
            case IO_URING -> IoUringSocketChannel.class;
            case NIO -> NioSocketChannel.class;
        };
        Bootstrap client = new Bootstrap()
                .group(loop)
                .channel(type)
                .disableResolver()
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.SO_RCVBUF, far ? FAR_BUFFER : NEAR_BUFFER)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1024, 2048, NEAR_BUFFER));
        switch (kind) {
            case EPOLL ->
                client.option(EpollChannelOption.TCP_KEEPIDLE, 10)
                        .option(EpollChannelOption.TCP_KEEPINTVL, 5)
                        .option(EpollChannelOption.TCP_KEEPCNT, 3)
                        .option(EpollChannelOption.TCP_USER_TIMEOUT, 20_000);
            case IO_URING ->
                client.option(IoUringChannelOption.TCP_KEEPIDLE, 10)
                        .option(IoUringChannelOption.TCP_KEEPINTVL, 5)
                        .option(IoUringChannelOption.TCP_KEEPCNT, 3)
                        .option(IoUringChannelOption.TCP_USER_TIMEOUT, 20_000);
            case NIO -> {}
        }
        return client;
    }
}

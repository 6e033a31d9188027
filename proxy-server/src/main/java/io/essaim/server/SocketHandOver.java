package io.essaim.server;

import io.essaim.state.StateDirectory;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one proxy takes over from another on the same machine without a connection being refused: over a Unix domain socket in the state
 * directory the old one hands out its listening sockets themselves (SCM_RIGHTS, unix(7)). Both accept for a moment; then the new one
 * says that it is ready, and the old one stops accepting and finishes its answers.
 *
 * <pre>
 *   new ─ "sockets\n" ─▶ old    writes down what it has learned, sends its listening sockets, closes
 *   new ─ "ready\n"   ─▶ old    gives up the state directory, closes, drains
 * </pre>
 *
 * <p>Only processes of the same user, or of root, are answered. Needs epoll.
 */
final class SocketHandOver {
    private static final Logger LOG = LoggerFactory.getLogger(SocketHandOver.class);
    private static final String NAME = "essaim.sock";

    /** sun_path of sockaddr_un(7) holds 108 bytes, the last of them 0. */
    private static final int LONGEST_PATH = 107;

    private static final long PATIENCE_SECONDS = 10;

    private SocketHandOver() {}

    /** The old proxy's side. */
    interface Giver {
        /** The listening sockets; what was learned is on disk when this returns. Not on an event loop. */
        List<Channel> sockets();

        /** Another proxy is ready: the state directory is free when this returns. Not on an event loop. */
        void taken();
    }

    /** Gives over what a proxy has, while it is open. */
    static final class Offer implements AutoCloseable {
        private final Path path;
        private final Channel listener;
        private final ExecutorService worker;

        private Offer(Path path, Channel listener, ExecutorService worker) {
            this.path = path;
            this.listener = listener;
            this.worker = worker;
        }

        /** Offers no more; the name is free for somebody else. */
        @Override
        public void close() {
            if (listener.isOpen()) {
                listener.close().awaitUninterruptibly();
                delete(path);
            }
            worker.shutdown();
        }
    }

    private static Path path(Path state) {
        return state.toAbsolutePath().resolve(NAME);
    }

    private static boolean tooLong(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH;
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("{} could not be removed", path, e);
        }
    }

    /**
     * Offers what a proxy has, from now on.
     *
     * @param state the directory, made if it is not there
     * @return null when that cannot be; the log says why
     */
    static @Nullable Offer offer(Path state, EventLoopGroup group, Giver giver) {
        Path path = path(state);
        if (tooLong(path)) {
            LOG.warn("{} is too long for a socket: no other proxy can take over from this one", path);
            return null;
        }
        try {
            StateDirectory.make(state);
        } catch (IOException e) {
            LOG.warn("no other proxy can take over from this one, since there is no state directory: {}", e.toString());
            return null;
        }
        if (answers(path, group)) {
            return null; // Of a proxy that listens elsewhere.
        }
        delete(path); // Of a process that is no more.
        ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "essaim-hand-over");
            thread.setDaemon(true);
            return thread;
        });
        ChannelFuture bound = bind(path, group, giver, worker);
        if (!bound.isSuccess()) {
            LOG.warn("no other proxy can take over from this one: {}", String.valueOf(bound.cause()));
            worker.shutdown();
            return null;
        }
        return new Offer(path, bound.channel(), worker);
    }

    private static ChannelFuture bind(Path path, EventLoopGroup group, Giver giver, ExecutorService worker) {
        return new ServerBootstrap()
                .group(group)
                .channel(EpollServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel channel) throws IOException {
                        if (trusted(channel)) {
                            channel.pipeline().addLast(new GiverHandler(giver, worker));
                        } else {
                            channel.close();
                        }
                    }
                })
                .bind(new DomainSocketAddress(path.toString()))
                .awaitUninterruptibly();
    }

    private static boolean trusted(EpollDomainSocketChannel channel) throws IOException {
        int peer = channel.peerCredentials().uid();
        Object own = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        return peer == 0 || own instanceof Integer uid && uid == peer;
    }

    private static boolean answers(Path path, EventLoopGroup group) {
        if (!Files.exists(path)) {
            return false;
        }
        Channel channel = connect(path, group, new ChannelInboundHandlerAdapter(), DomainSocketReadMode.BYTES);
        if (channel != null) {
            channel.close();
        }
        return channel != null;
    }

    private static @Nullable Channel connect(
            Path path, EventLoopGroup group, ChannelInboundHandlerAdapter handler, DomainSocketReadMode mode) {
        var connected = new Bootstrap()
                .group(group)
                .channel(EpollDomainSocketChannel.class)
                .option(UnixChannelOption.DOMAIN_SOCKET_READ_MODE, mode)
                .handler(handler)
                .connect(new DomainSocketAddress(path.toString()))
                .awaitUninterruptibly();
        return connected.isSuccess() ? connected.channel() : null;
    }

    /** What the proxy that uses this state directory listens with; nothing when none does. Blocks. */
    static InheritedSockets sockets(Path state, EventLoopGroup group) {
        Path path = path(state);
        InheritedSockets inherited = InheritedSockets.nothing();
        if (tooLong(path) || !Files.exists(path)) {
            return inherited;
        }
        List<Integer> descriptors = new ArrayList<>();
        Channel channel = connect(
                path,
                group,
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext context, Object message) {
                        synchronized (descriptors) {
                            descriptors.add(((FileDescriptor) message).intValue());
                        }
                    }
                },
                DomainSocketReadMode.FILE_DESCRIPTORS);
        if (channel == null) {
            return inherited;
        }
        say(channel, "sockets\n");
        channel.closeFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS);
        channel.close().awaitUninterruptibly();
        synchronized (descriptors) {
            descriptors.forEach(inherited::add);
        }
        return inherited;
    }

    /** Tells the proxy that uses this state directory that another one works in its place. Returns when that one has given it up. Blocks. */
    static void ready(Path state, EventLoopGroup group) {
        Channel channel = connect(path(state), group, new ChannelInboundHandlerAdapter(), DomainSocketReadMode.BYTES);
        if (channel != null) {
            say(channel, "ready\n");
            channel.closeFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS);
            channel.close().awaitUninterruptibly();
        }
    }

    private static void say(Channel channel, String line) {
        channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), line)).awaitUninterruptibly();
    }

    /** Answers one line of one peer. */
    private static final class GiverHandler extends SimpleChannelInboundHandler<ByteBuf> {
        private final Giver giver;
        private final ExecutorService worker;
        private final StringBuilder said = new StringBuilder();

        GiverHandler(Giver giver, ExecutorService worker) {
            this.giver = giver;
            this.worker = worker;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf in) {
            said.append(in.toString(StandardCharsets.US_ASCII));
            Supplier<List<Object>> answer = switch (said.toString()) {
                case "sockets\n" -> this::descriptors;
                case "ready\n" -> this::gone;
                default -> null;
            };
            if (answer != null) {
                worker.execute(() -> answer(context, answer));
            } else if (said.length() > 16) {
                context.close();
            }
        }

        private static void answer(ChannelHandlerContext context, Supplier<List<Object>> answer) {
            try {
                answer.get().forEach(context::write);
            } finally {
                context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            }
        }

        private List<Object> descriptors() {
            List<Object> descriptors = new ArrayList<>();
            for (Channel channel : giver.sockets()) {
                descriptors.add(new FileDescriptor(
                        ((EpollServerSocketChannel) channel).fd().intValue()));
            }
            return descriptors;
        }

        private List<Object> gone() {
            giver.taken();
            return List.of();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warn("a hand-over failed", cause);
            context.close();
        }
    }
}

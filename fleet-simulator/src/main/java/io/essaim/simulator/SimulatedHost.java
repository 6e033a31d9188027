package io.essaim.simulator;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An Ollama (or OpenAI) server made of clockwork, listening on a real port. Everything it knows lives on one event loop; the methods may
 * be called from any thread and return once they have taken effect.
 */
public final class SimulatedHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatedHost.class);
    private static final int LONGEST_HEAD = 1 << 20;

    private final HostProfile profile;
    private final EventLoop loop;
    private final @Nullable EventLoopGroup ownGroup;
    private final ChannelGroup connections;
    private final Faults faults;
    private InetSocketAddress address;
    private Host host;
    private Router router;
    private @Nullable Channel listener;
    private boolean killed;

    private SimulatedHost(
            HostProfile profile, InetSocketAddress address, EventLoop loop, @Nullable EventLoopGroup ownGroup) {
        this.profile = profile;
        this.address = address;
        this.loop = loop;
        this.ownGroup = ownGroup;
        this.connections = new DefaultChannelGroup(loop);
        Stats stats = new Stats();
        this.faults = new Faults(loop, stats, this::setListening);
        this.host = boot(stats);
        this.router = new Router(host, connections, address.getAddress().isLoopbackAddress());
    }

    /**
     * Starts a host on an event loop of its own.
     *
     * @param port 0 for any free one
     * @throws IllegalStateException if the address cannot be listened on
     */
    public static SimulatedHost start(HostProfile profile, String bindAddress, int port) {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            return started(new SimulatedHost(profile, new InetSocketAddress(bindAddress, port), group.next(), group));
        } catch (RuntimeException e) {
            var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw e;
        }
    }

    /** Starts a host on one event loop of a group (of NIO) that the caller shares and shuts down. */
    public static SimulatedHost start(HostProfile profile, String bindAddress, int port, EventLoopGroup shared) {
        return started(new SimulatedHost(profile, new InetSocketAddress(bindAddress, port), shared.next(), null));
    }

    private static SimulatedHost started(SimulatedHost host) {
        host.listen();
        return host;
    }

    /** The port it listens on, or listened on before {@link #kill()}. */
    public int port() {
        return address.getPort();
    }

    /** The base URL, without a slash at its end. */
    public String url() {
        String name = address.getAddress().getHostAddress();
        return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + port();
    }

    /** What the host was started as. */
    public HostProfile profile() {
        return profile;
    }

    /** The faults, switchable while the host runs. */
    public Faults faults() {
        return faults;
    }

    /** A snapshot of what it has done and is doing. */
    public HostState state() {
        return OnLoop.call(loop, () -> Admin.state(host, connections));
    }

    /** Resets every connection and closes the listener, as a host that loses power. What was loaded is lost. */
    public void kill() {
        OnLoop.run(loop, () -> {
            killed = true;
            setListening(false);
            connections.forEach(channel -> {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                var unused = channel.close();
            });
        });
        OnLoop.settle(loop);
    }

    /**
     * Starts again on the same port with nothing loaded; faults and counters stay, as does what was pulled or created.
     *
     * @throws IllegalStateException if the port is taken by now
     */
    public void restart() {
        kill();
        OnLoop.run(loop, () -> {
            host = new Host(
                    profile,
                    loop,
                    host.clock(),
                    new Scheduler(host.clock(), profile, host.stats()),
                    host.library(),
                    host.stats(),
                    faults,
                    host.ids());
            router = new Router(host, connections, address.getAddress().isLoopbackAddress());
            killed = false;
        });
        listen();
    }

    /** Ends the host and, if it is its own, the event loop. */
    @Override
    public void close() {
        kill();
        if (ownGroup != null) {
            var unused = ownGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private Host boot(Stats stats) {
        SimClock clock = new SimClock(loop, profile);
        return new Host(
                profile,
                loop,
                clock,
                new Scheduler(clock, profile, stats),
                new Library(profile.models()),
                stats,
                faults,
                new Ids(profile.behaviour().seed()));
    }

    private void listen() {
        Channel channel = bootstrap().bind(address).syncUninterruptibly().channel();
        OnLoop.run(loop, () -> {
            listener = channel;
            address = (InetSocketAddress) channel.localAddress();
        });
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        HttpDecoderConfig config = new HttpDecoderConfig()
                                .setMaxInitialLineLength(LONGEST_HEAD)
                                .setMaxHeaderSize(LONGEST_HEAD);
                        channel.pipeline().addLast(new HttpServerCodec(config), new HttpFront(router));
                    }
                });
    }

    /** Opens or closes the listener; on the event loop. Opening is not waited for there. */
    private void setListening(boolean wanted) {
        Channel open = listener;
        if (!wanted && open != null) {
            listener = null;
            var unused = open.close();
        } else if (wanted && open == null && !killed) {
            listener = bootstrap()
                    .bind(address)
                    .addListener(bound -> {
                        if (!bound.isSuccess()) {
                            LOG.warn("cannot listen again on {}", address, bound.cause());
                        }
                    })
                    .channel();
        }
    }
}

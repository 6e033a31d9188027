package io.essaim.server;

import io.essaim.admin.AdminPages;
import io.essaim.api.Ticker;
import io.essaim.budget.BudgetStore;
import io.essaim.budget.Budgets;
import io.essaim.budget.MemoryBudgetStore;
import io.essaim.config.Admin;
import io.essaim.config.AgentRule;
import io.essaim.config.BackendRule;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.probe.Prober;
import io.essaim.relay.BackendConnector;
import io.essaim.relay.Door;
import io.essaim.relay.Frontend;
import io.essaim.relay.LongWork;
import io.essaim.relay.Loop;
import io.essaim.relay.Shared;
import io.essaim.relay.Warmer;
import io.essaim.secret.ClientKeys;
import io.essaim.secret.Secrets;
import io.essaim.state.LearnedFile;
import io.essaim.transport.TlsFault;
import io.essaim.transport.Transport;
import io.essaim.transport.Trust;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running proxy. Started with everything it needs, ready when {@link #start} returns; {@link #drain} lets running answers
 * finish, {@link #close} does not.
 */
public final class EssaimServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EssaimServer.class);

    private final @Nullable LearnedFile learned;
    private final Secrets secrets;
    private final ClientKeys keys;
    private final Shared shared;
    private final EventLoopGroup group;
    private final Map<EventExecutor, Loop> loops = new HashMap<>();
    private final LongWork work;
    private final Door door;
    private final Prober prober;
    private final List<Channel> listeners;
    private final @Nullable Channel adminListener;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * What the rules do not say.
     *
     * @param transport which transport carries the sockets
     * @param loops how many event loops, at least 1
     * @param state directory for what was learned; null to forget it at the end
     * @param directory that relative paths in the rules begin at
     * @param budgets keeps what agents used of clouds; whoever made it closes it after the server
     */
    public record Options(
            Transport transport, int loops, @Nullable Path state, Path directory, BudgetStore budgets) {
        /** The best transport, one loop per processor; nothing outlives the server. */
        public static Options defaults() {
            return of(Transport.best(), Runtime.getRuntime().availableProcessors(), null);
        }

        /** What is used of clouds is forgotten at the end. */
        public static Options of(Transport transport, int loops, @Nullable Path state) {
            return new Options(transport, loops, state, Path.of(""), new MemoryBudgetStore());
        }
    }

    private EssaimServer(Rules rules, Options options, Ticker ticker) throws CannotListen, TlsFault {
        Trust trust = Trust.of(rules, options.directory());
        Estimates estimates = new Estimates(CostTerms.USUAL);
        Path state = options.state();
        this.learned = state == null ? null : LearnedFile.open(state, estimates, ticker);
        this.secrets = new Secrets(options.directory());
        Clock clock = Clock.systemUTC();
        Budgets budgets = new Budgets(options.budgets(), clock);
        this.keys = new ClientKeys(rules, options.directory(), clock);
        this.shared = Shared.of(rules, ticker, estimates, secrets, keys, budgets);
        this.group = options.transport().loops(options.loops());
        this.work = new LongWork(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        this.door = new Door(rules.limits().maxConnections());
        BackendConnector connector = new BackendConnector(
                options.transport(), trust, rules.timeouts().connect());
        for (EventExecutor executor : group) {
            loops.put(executor, new Loop((EventLoop) executor, shared, connector, work));
        }
        this.prober = new Prober(shared, options.transport(), trust, group.next());
        this.listeners = listen(rules, options.transport());
        this.adminListener = listenForAdmin(rules, options.transport());
        secrets.keep(rules.backends().values().stream()
                .map(BackendRule::apiKey)
                .flatMap(Stream::ofNullable)
                .toList());
        keys.follow();
        prober.start();
        if (learned != null) {
            learned.start();
        }
        new Warmer(loops.values().iterator().next()).start();
    }

    /**
     * Starts a server.
     *
     * @throws CannotListen when the address cannot be bound; nothing is left running then
     * @throws TlsFault when what the rules say of certificates cannot be used; nothing is left running then
     */
    public static EssaimServer start(Rules rules, Options options) throws CannotListen, TlsFault {
        return new EssaimServer(rules, options, System::nanoTime);
    }

    /** Opens the common port and those that agents have of their own, or none of them. */
    private List<Channel> listen(Rules rules, Transport transport) throws CannotListen {
        Function<Loop, Frontend> frontends = door.frontends(shared);
        ServerBootstrap bootstrap = transport.server(group).childHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel ch) {
                Loop loop = loops.get(ch.eventLoop());
                ch.pipeline().addLast(frontends.apply(java.util.Objects.requireNonNull(loop)));
            }
        });
        List<Integer> ports = new ArrayList<>(List.of(rules.listen().port()));
        rules.agents().values().stream()
                .map(AgentRule::port)
                .filter(port -> port != 0)
                .forEach(ports::add);
        List<Channel> opened = new ArrayList<>();
        for (int port : ports) {
            InetSocketAddress address = new InetSocketAddress(rules.listen().host(), port);
            Channel listener = bind(bootstrap.clone(), address, "choose one with --port");
            opened.add(listener);
            LOG.info(
                    "listening on {}:{} with {}, {} event loops",
                    address.getHostString(),
                    String.valueOf(port(listener)),
                    transport.kind(),
                    loops.size());
        }
        return opened;
    }

    private @Nullable Channel listenForAdmin(Rules rules, Transport transport) throws CannotListen {
        Admin admin = rules.admin();
        if (admin == null) {
            return null;
        }
        ServerBootstrap bootstrap = transport
                .server(group)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, false)
                .childHandler(new AdminPages(admin, shared, door));
        InetSocketAddress address = new InetSocketAddress(admin.host(), admin.port());
        Channel listener = bind(bootstrap, address, "choose another admin.port in the rules");
        LOG.info("admin page at http://{}/", NetUtil.toSocketAddressString(admin.host(), port(listener)));
        return listener;
    }

    /** Opens a port; when that cannot be, nothing that was opened stays. */
    private Channel bind(ServerBootstrap bootstrap, InetSocketAddress address, String remedy) throws CannotListen {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new CannotListen(address, bound.cause(), remedy);
        }
        return bound.channel();
    }

    private static int port(Channel listener) {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** The port that all clients may connect to. */
    public int port() {
        return port(listeners.get(0));
    }

    /** The port of the admin page; 0 when the rules want none. */
    public int adminPort() {
        return adminListener == null ? 0 : port(adminListener);
    }

    /** The live backends. */
    public Fleet fleet() {
        return shared.fleet();
    }

    /** Requests that wait for a slot; they count as under way too. */
    public int waiting() {
        return shared.queues().waiting();
    }

    /** Requests under way. */
    public int busy() {
        return door.busy();
    }

    /**
     * Stops accepting clients, and waits until running answers are done; the admin page stays and shows them. Blocks; not to
     * be called on an event loop.
     *
     * @param limit how long to wait at most
     * @return whether all were done in time
     */
    public boolean drain(Duration limit) throws InterruptedException {
        listeners.forEach(listener -> listener.close().awaitUninterruptibly());
        door.startClosing();
        long end = System.nanoTime() + limit.toNanos();
        while (door.busy() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return door.busy() == 0;
    }

    /** Ends everything at once; clients whose answers are broken off are told so. A second call does nothing. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        listeners.forEach(listener -> listener.close().awaitUninterruptibly());
        if (adminListener != null) {
            adminListener.close().awaitUninterruptibly();
        }
        prober.close();
        door.slam();
        for (Loop loop : loops.values()) {
            loop.shutDown();
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
        work.close();
        secrets.close();
        keys.close();
        if (learned != null) {
            learned.close();
        }
    }
}

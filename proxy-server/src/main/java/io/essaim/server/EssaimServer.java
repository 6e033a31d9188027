package io.essaim.server;

import io.essaim.admin.AdminPages;
import io.essaim.admin.RulesStanding;
import io.essaim.api.Ticker;
import io.essaim.budget.BudgetStore;
import io.essaim.budget.Budgets;
import io.essaim.budget.MemoryBudgetStore;
import io.essaim.config.Admin;
import io.essaim.config.BackendRule;
import io.essaim.config.Rules;
import io.essaim.config.SecretSource;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Fleet;
import io.essaim.frontend.ClientConnection;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.listen.ClientConnections;
import io.essaim.probe.Prober;
import io.essaim.secret.ClientKeys;
import io.essaim.secret.Secrets;
import io.essaim.state.LearnedFile;
import io.essaim.transport.BackendTrust;
import io.essaim.transport.ServerTls;
import io.essaim.transport.TlsFault;
import io.essaim.transport.Transport;
import io.essaim.upstream.BackendConnector;
import io.essaim.upstream.Loop;
import io.essaim.upstream.WorkerPool;
import io.essaim.warm.ModelWarmer;
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
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
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

    private final Options options;
    private final @Nullable LearnedFile learned;
    private final Estimates estimates = new Estimates(CostTerms.USUAL);
    private final Secrets secrets;
    private final ClientKeys keys;
    /** What clients are shown, looked at for each new connection; null for plain HTTP. */
    private volatile @Nullable ServerTls tls;

    private final EventLoopGroup group;
    private final Map<EventExecutor, Loop> loops = new HashMap<>();
    private final WorkerPool work;
    private final ClientConnections connections;
    private final Prober prober;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Held while the rules change or the server ends; the listeners hold it too. */
    private final Object changing = new Object();

    private final Listeners listeners = new Listeners(this::listen);
    private final Listeners adminListeners = new Listeners(this::listenForAdmin);
    private volatile Composition composition;
    private volatile RulesStanding standing = RulesStanding.first(Instant.now());
    private volatile @Nullable AdminPages adminPages;

    /** Sockets that were open before the start; empty once it is over. */
    private final InheritedSockets inherited;

    private SocketHandOver.@Nullable Offer offer;
    private final ServiceManager manager;
    private final CompletableFuture<Void> taken = new CompletableFuture<>();

    /**
     * What the rules do not say.
     *
     * @param transport which transport carries the sockets
     * @param loops how many event loops, at least 1
     * @param state directory for what was learned; null to forget it at the end
     * @param directory that relative paths in the rules begin at
     * @param budgets keeps what agents used of clouds; the caller closes it after the server
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
        this.options = options;
        BackendTrust trust = BackendTrust.of(rules, options.directory());
        Clock clock = Clock.systemUTC();
        this.tls = ServerTls.of(rules.listen(), options.directory(), clock);
        Path state = options.state();
        this.group = options.transport().loops(options.loops());
        this.inherited = inherited(rules);
        boolean takesOver = state != null && inherited.hasOneOf(everyAddress(rules)) && !inherited.fromSystemd();
        this.learned = state == null ? null : LearnedFile.open(state, estimates, ticker);
        this.secrets = new Secrets(options.directory());
        Budgets budgets = new Budgets(options.budgets(), clock);
        this.keys = new ClientKeys(rules, options.directory(), clock);
        this.composition = Composition.of(rules, new Composition.Given(ticker, estimates, secrets, keys, budgets));
        this.work = new WorkerPool(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        this.connections = new ClientConnections();
        BackendConnector connector = connector(rules, trust);
        for (EventExecutor executor : group) {
            loops.put(executor, new Loop((EventLoop) executor, ticker, work, composition.fleet(), connector));
        }
        this.prober = new Prober(options.transport(), group.next(), ticker);
        openAll(rules);
        prober.watch(composition.fleet(), trust);
        follow(rules, ticker);
        inherited.closeRest();
        boolean epoll = options.transport().kind() == Transport.Kind.EPOLL;
        this.manager = ServiceManager.of(System.getenv(), group, epoll);
        manager.ready();
        if (state != null && epoll) {
            if (takesOver) {
                SocketHandOver.ready(state, group);
                LOG.info("this process has taken over from the one that ran before");
            }
            this.offer = SocketHandOver.offer(state, group, new Giver());
        }
    }

    /** Opens the first ports; when one cannot be had, nothing is left running. */
    private void openAll(Rules rules) throws CannotListen {
        try {
            listeners.open(Listeners.of(rules));
            openAdmin(rules);
        } catch (CannotListen e) {
            listeners.close();
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw e;
        }
    }

    /** Begins all that goes on by itself: looking at files, keeping what is learned, warming, telling of refusals. */
    private void follow(Rules rules, Ticker ticker) {
        secrets.keep(sources(rules));
        keys.follow();
        ServerTls secure = tls;
        if (secure != null) {
            secure.follow();
        }
        if (learned != null) {
            learned.start();
        }
        new ModelWarmer(loops.values().iterator().next(), () -> composition.warming()).start();
        group.next().scheduleWithFixedDelay(() -> tellRefusals(ticker), 1, 1, TimeUnit.SECONDS);
    }

    private void tellRefusals(Ticker ticker) {
        InternalFault.each(
                "telling who was refused", () -> connections.refusals().sweep(ticker.nanos()));
    }

    /**
     * Sockets of systemd, or of the proxy that uses the same state directory and listens where this one is to: whoever listens elsewhere is
     * somebody else.
     */
    private InheritedSockets inherited(Rules rules) throws CannotListen {
        InheritedSockets systemd;
        try {
            systemd = InheritedSockets.fromSystemd(System.getenv(), options.transport());
        } catch (CannotListen e) {
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw e;
        }
        Path state = options.state();
        if (systemd.fromSystemd() || state == null || options.transport().kind() != Transport.Kind.EPOLL) {
            return systemd;
        }
        InheritedSockets running = SocketHandOver.sockets(state, group);
        if (!running.hasOneOf(everyAddress(rules))) {
            running.closeRest();
        }
        return running;
    }

    private static List<InetSocketAddress> everyAddress(Rules rules) {
        return Stream.concat(Listeners.of(rules).stream(), adminAddress(rules).stream())
                .toList();
    }

    /** What this proxy does when another one takes over. */
    private final class Giver implements SocketHandOver.Giver {
        @Override
        public List<Channel> sockets() {
            if (learned != null) {
                learned.save();
            }
            synchronized (changing) {
                return Stream.concat(listeners.channels().stream(), adminListeners.channels().stream())
                        .toList();
            }
        }

        @Override
        public void taken() {
            LOG.info("another process has taken over: no more requests are accepted");
            if (learned != null) {
                learned.close();
            }
            synchronized (changing) {
                listeners.close();
                adminListeners.close();
                if (offer != null) {
                    offer.close();
                }
            }
            taken.complete(null);
        }
    }

    /** What is to be done when another process has taken over from this one, or has already: it should stop. Called once, on any thread. */
    public void whenTaken(Runnable action) {
        taken.thenRun(action);
    }

    /**
     * Starts a server.
     *
     * @throws CannotListen when the address cannot be bound; nothing is left running then
     * @throws TlsFault when what the rules say of certificates cannot be used; nothing is left running then
     */
    public static EssaimServer start(Rules rules, Options options) throws CannotListen, TlsFault {
        return start(rules, options, System::nanoTime);
    }

    /**
     * The same by another clock.
     *
     * @param ticker what all deadlines, estimates and breakers go by; asked on any thread
     */
    public static EssaimServer start(Rules rules, Options options, Ticker ticker) throws CannotListen, TlsFault {
        return new EssaimServer(rules, options, ticker);
    }

    /**
     * Goes on under other rules, all of them or none. Requests under way keep the rules that they began with; backends that stay keep
     * their live state; those that left finish what they answer. Ports that are new are open when this returns, and those that left
     * are closed. Where the state is kept, and how many event loops there are, stays as it was at the start. Blocks; not to be called on an event loop.
     *
     * @throws CannotListen when a new address cannot be bound; then the rules of before still hold
     * @throws TlsFault when what the rules say of certificates cannot be used; then the rules of before still hold
     */
    public void change(Rules rules) throws CannotListen, TlsFault {
        synchronized (changing) {
            if (closed.get() || connections.isClosing()) {
                return;
            }
            BackendTrust trust = BackendTrust.of(rules, options.directory());
            ServerTls nextTls =
                    Objects.equals(rules.listen().tls(), rules().listen().tls())
                            ? tls
                            : ServerTls.of(rules.listen(), options.directory(), Clock.systemUTC());
            List<InetSocketAddress> opened = listeners.open(Listeners.of(rules));
            try {
                openAdmin(rules);
            } catch (CannotListen e) {
                listeners.forget(opened);
                throw e;
            }
            adopt(nextTls);
            secrets.keep(sources(rules));
            keys.adopt(rules);
            Composition next = composition.changed(rules, estimates);
            BackendConnector connector = connector(rules, trust);
            loops.values().forEach(loop -> loop.adopt(next.fleet(), connector));
            composition = next;
            prober.watch(next.fleet(), trust);
            listeners.retain(Listeners.of(rules)).forEach(connections::leavePort);
            adminListeners.retain(adminAddress(rules));
            show(standing.changed(Instant.now()));
        }
    }

    /** What clients are shown on connections from now on; those that are open stay as they are. */
    private void adopt(@Nullable ServerTls next) {
        ServerTls before = tls;
        if (next != before) {
            if (next != null) {
                next.follow();
            }
            tls = next;
            if (before != null) {
                before.close();
            }
        }
    }

    /** Tells on the admin page why rules that were found are not used. */
    public void refused(String why) {
        synchronized (changing) {
            show(standing.refused(why));
        }
    }

    private void show(RulesStanding newStanding) {
        standing = newStanding;
        AdminPages pages = adminPages;
        if (pages != null) {
            pages.show(composition.admin(), newStanding);
        }
    }

    private BackendConnector connector(Rules rules, BackendTrust trust) {
        return new BackendConnector(options.transport(), trust, rules.timeouts().connect());
    }

    private static List<SecretSource> sources(Rules rules) {
        return rules.backends().values().stream()
                .map(BackendRule::apiKey)
                .flatMap(Stream::ofNullable)
                .toList();
    }

    private Channel listen(InetSocketAddress address) throws CannotListen {
        ChannelInitializer<Channel> clients = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                Loop loop = Objects.requireNonNull(loops.get(ch.eventLoop()));
                ServerTls secure = tls;
                if (secure != null) {
                    ch.pipeline().addLast(secure.handler());
                }
                ch.pipeline().addLast(new ClientConnection(loop, connections, () -> composition.services()));
            }
        };
        Channel listener = open(address, server -> server.childHandler(clients), "choose one with --port");
        LOG.info(
                "listening on {}:{}{} with {}, {} event loops",
                address.getHostString(),
                String.valueOf(((InetSocketAddress) listener.localAddress()).getPort()),
                tls == null ? "" : " (https)",
                options.transport().kind(),
                loops.size());
        return listener;
    }

    private static List<InetSocketAddress> adminAddress(Rules rules) {
        Admin admin = rules.admin();
        return admin == null ? List.of() : List.of(new InetSocketAddress(admin.host(), admin.port()));
    }

    private void openAdmin(Rules rules) throws CannotListen {
        Admin admin = rules.admin();
        if (admin == null || adminListeners.has(adminAddress(rules).get(0))) {
            return;
        }
        AdminPages before = adminPages;
        adminPages = new AdminPages(admin, composition.admin(), connections, standing);
        try {
            adminListeners.open(adminAddress(rules));
        } catch (CannotListen e) {
            adminPages = before;
            throw e;
        }
    }

    private Channel listenForAdmin(InetSocketAddress address) throws CannotListen {
        AdminPages pages = Objects.requireNonNull(adminPages);
        Channel listener = open(
                address,
                server -> server.childOption(ChannelOption.ALLOW_HALF_CLOSURE, false)
                        .childHandler(pages),
                "choose another admin.port in the rules");
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        LOG.info("admin page at http://{}/", NetUtil.toSocketAddressString(address.getHostString(), port));
        return listener;
    }

    /** Listens at an address, with the socket that is open there already if this process was given it. */
    private Channel open(InetSocketAddress address, UnaryOperator<ServerBootstrap> settings, String remedy)
            throws CannotListen {
        Integer descriptor = inherited.take(address);
        ChannelFuture opened = descriptor == null
                ? settings.apply(options.transport().server(group)).bind(address)
                : settings.apply(options.transport().server(group, descriptor)).register();
        if (!opened.awaitUninterruptibly().isSuccess()) {
            throw new CannotListen(address, opened.cause(), remedy);
        }
        return opened.channel();
    }

    /** The port that all clients may connect to. */
    public int port() {
        synchronized (changing) {
            return listeners.port(Listeners.of(composition.rules()).get(0));
        }
    }

    /** The port of the admin page; 0 when the rules want none. */
    public int adminPort() {
        synchronized (changing) {
            List<InetSocketAddress> address = adminAddress(composition.rules());
            return address.isEmpty() ? 0 : adminListeners.port(address.get(0));
        }
    }

    /** The rules that hold now. */
    public Rules rules() {
        return composition.rules();
    }

    /** Which rules hold, and what is wrong with others that were found. */
    public RulesStanding standing() {
        return standing;
    }

    /** The live backends. */
    public Fleet fleet() {
        return composition.fleet();
    }

    /** Requests that wait for a slot; they count as under way too. */
    public int waiting() {
        return composition.queues().waiting();
    }

    /** Bytes that the bodies of requests take now. */
    public long bodies() {
        return connections.bodies().used();
    }

    /** Requests under way. */
    public int busy() {
        return connections.busy();
    }

    /**
     * Stops accepting clients, and waits until running answers are done; the admin page stays and shows them. Blocks; not to
     * be called on an event loop.
     *
     * @param limit how long to wait at most
     * @return whether all were done in time
     */
    public boolean drain(Duration limit) throws InterruptedException {
        synchronized (changing) {
            listeners.close();
            connections.startClosing();
            manager.stopping();
        }
        long end = System.nanoTime() + limit.toNanos();
        while (connections.busy() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return connections.busy() == 0;
    }

    /** Ends everything at once; clients whose answers are broken off are told so. A second call does nothing. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        synchronized (changing) {
            listeners.close();
            adminListeners.close();
        }
        if (offer != null) {
            offer.close();
        }
        manager.close();
        prober.close();
        connections.closeNow();
        for (Loop loop : loops.values()) {
            loop.shutDown();
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
        work.close();
        secrets.close();
        keys.close();
        ServerTls secure = tls;
        if (secure != null) {
            secure.close();
        }
        if (learned != null) {
            learned.close();
        }
    }
}

package io.essaim.admin;

import io.essaim.api.Ticker;
import io.essaim.config.Admin;
import io.essaim.listen.ClientConnections;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The admin listener: its pages, and how many connections it takes. It only reads; nothing can be changed here, and no
 * secret is known here. Any event loop.
 */
public final class AdminPages extends ChannelInitializer<Channel> {
    private static final int MOST_CONNECTIONS = 64;

    private final Admin admin;
    private final ClientConnections connections;
    private final Ticker ticker;
    private final long since;
    private volatile AdminRoutes routes;
    private final AtomicInteger open = new AtomicInteger();

    /** @param connections of the clients' listener; it tells whether it is closing time */
    public AdminPages(Admin admin, AdminView view, ClientConnections connections, RulesStanding rules) {
        this.admin = admin;
        this.connections = connections;
        this.ticker = view.ticker();
        this.since = ticker.nanos();
        this.routes = new AdminRoutes(admin, view, new Status(view, connections, rules, since));
    }

    /** Shows what these rules share from now on. */
    public void show(AdminView view, RulesStanding rules) {
        routes = new AdminRoutes(admin, view, new Status(view, connections, rules, since));
    }

    /** What is answered now. */
    AdminRoutes routes() {
        return routes;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (open.incrementAndGet() > MOST_CONNECTIONS) {
            open.decrementAndGet();
            InetAddress peer = channel.remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
            connections.refusals().refused("admin connection full", "", peer, ticker.nanos());
            channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        channel.pipeline().addLast(new AdminConnection(this));
    }
}

package io.essaim.listen;

import io.essaim.config.Rules;
import io.essaim.http.BodyBudget;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The client connections of a server: how many are open, how many are busy, and whether the server is stopping. Any
 * thread.
 */
public final class ClientConnections {
    private static final int LAST_WORDS_MILLIS = 500;

    private final ChannelGroup connections = new DefaultChannelGroup("clients", GlobalEventExecutor.INSTANCE);
    private final ConcurrentMap<InetAddress, Integer> clients = new ConcurrentHashMap<>();
    private final RefusalLog refusals = new RefusalLog();
    private final BodyBudget bodies = BodyBudget.ofHeap();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private volatile boolean closing;

    /** Whether a connection may come in. */
    public enum Entry {
        IN("", ""),
        CLOSING("", ""),
        FORBIDDEN("connection not_allowed", "its address is not in listen.allow of the rules"),
        FULL("connection full", "limits.maxConnections of the rules are open"),
        CLIENT_FULL("connection full_for_client", "limits.maxConnectionsPerClient of the rules are open from there");

        private final String kind;
        private final String hint;

        Entry(String kind, String hint) {
            this.kind = kind;
            this.hint = hint;
        }
    }

    /** What the bodies of all requests may take together. */
    public BodyBudget bodies() {
        return bodies;
    }

    /** Who was refused. */
    public RefusalLog refusals() {
        return refusals;
    }

    /** Connections that came to a port of ours take no further request, as no client comes there any more. */
    public void leavePort(int port) {
        for (Channel channel : connections) {
            if (channel.localAddress() instanceof InetSocketAddress local && local.getPort() == port) {
                channel.pipeline().fireUserEventTriggered(Closing.TIME);
            }
        }
    }

    /**
     * Whether one more connection may come in; who is let in leaves by {@link #leave}, who is not is told of in the log.
     *
     * @param peer its address; null when that is no network's
     * @param rules that hold now
     */
    public Entry enter(Channel channel, @Nullable InetAddress peer, Rules rules, long now) {
        Entry entry = closing ? Entry.CLOSING : judge(peer, rules);
        if (entry == Entry.IN) {
            connections.add(channel);
        } else if (entry != Entry.CLOSING) {
            refusals.refused(entry.kind, entry.hint, peer, now);
        }
        return entry;
    }

    private Entry judge(@Nullable InetAddress peer, Rules rules) {
        if (peer != null && !rules.listen().mayConnect(peer)) {
            return Entry.FORBIDDEN;
        }
        if (open.incrementAndGet() > rules.limits().maxConnections()) {
            open.decrementAndGet();
            return Entry.FULL;
        }
        // A client without a limit is counted too: other rules may give it one.
        boolean full = peer != null
                && clients.merge(peer, 1, Integer::sum) > rules.limits().maxConnectionsPerClient()
                && !peer.isLoopbackAddress()
                && !rules.listen().trusts(peer);
        if (full) {
            leave(peer);
            return Entry.CLIENT_FULL;
        }
        return Entry.IN;
    }

    /** @param peer as at {@link #enter} */
    public void leave(@Nullable InetAddress peer) {
        open.decrementAndGet();
        if (peer != null) {
            clients.computeIfPresent(peer, (address, count) -> count == 1 ? null : count - 1);
        }
    }

    public void busy(int change) {
        busy.addAndGet(change);
    }

    /** Requests under way. */
    public int busy() {
        return busy.get();
    }

    /** Open client connections. */
    public int open() {
        return open.get();
    }

    /** No more than one request per connection from now on; idle connections are closed by their frontends. */
    public void startClosing() {
        closing = true;
        for (Channel channel : connections) {
            channel.pipeline().fireUserEventTriggered(Closing.TIME);
        }
    }

    /** Whether it is closing time. */
    public boolean isClosing() {
        return closing;
    }

    /** Ends every connection now: answers under way are broken off with a word, then whatever is left is closed. */
    public void closeNow() {
        for (Channel channel : connections) {
            channel.pipeline().fireUserEventTriggered(Closing.NOW);
        }
        connections.newCloseFuture().awaitUninterruptibly(LAST_WORDS_MILLIS);
        connections.close().awaitUninterruptibly(1000);
    }

    /** Told to every connection when the server wants to stop. */
    public enum Closing {
        /** Answers under way may finish. */
        TIME,
        /** Nothing may. */
        NOW
    }
}

package io.essaim.relay;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** What all client connections of a server share: how many there are, how many are busy, and whether it is closing time. */
public final class Door {
    private static final int LAST_WORDS_MILLIS = 500;

    private volatile int mostConnections;
    private final ChannelGroup connections = new DefaultChannelGroup("clients", GlobalEventExecutor.INSTANCE);
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private volatile boolean closing;

    public Door(int mostConnections) {
        this.mostConnections = mostConnections;
    }

    /** A new client connection of an event loop. */
    public Frontend frontend(Loop loop) {
        return new Frontend(loop.latest(), this);
    }

    /** So many connections may be open from now on; those that are stay. */
    public void limit(int connections) {
        mostConnections = connections;
    }

    /** Connections that came to a port of ours take no further request, as no client comes there any more. */
    public void leavePort(int port) {
        for (Channel channel : connections) {
            if (channel.localAddress() instanceof InetSocketAddress local && local.getPort() == port) {
                channel.pipeline().fireUserEventTriggered(Closing.TIME);
            }
        }
    }

    /** Whether one more connection may come in. */
    boolean enter(Channel channel) {
        if (open.incrementAndGet() > mostConnections || closing) {
            open.decrementAndGet();
            return false;
        }
        connections.add(channel);
        return true;
    }

    void leave() {
        open.decrementAndGet();
    }

    void busy(int change) {
        busy.addAndGet(change);
    }

    /** Requests under way. */
    public int busy() {
        return busy.get();
    }

    /** Open client connections. */
    public int connections() {
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
    public void slam() {
        for (Channel channel : connections) {
            channel.pipeline().fireUserEventTriggered(Closing.NOW);
        }
        connections.newCloseFuture().awaitUninterruptibly(LAST_WORDS_MILLIS);
        connections.close().awaitUninterruptibly(1000);
    }

    /** Told to every connection when the server wants to stop. */
    enum Closing {
        /** Answers under way may finish. */
        TIME,
        /** Nothing may. */
        NOW
    }
}

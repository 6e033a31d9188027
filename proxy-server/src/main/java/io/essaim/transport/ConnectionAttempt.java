package io.essaim.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One connection to be made within one bound of time: the name is resolved, then its addresses are tried one after the
 * other. Each gets its share of the time left, so an address that swallows packets leaves time for the next. Confined
 * to its event loop.
 */
final class ConnectionAttempt {
    /** A name with more has them for balance, not because so many may be dead. */
    private static final int MOST_ADDRESSES = 8;

    private final Bootstrap bootstrap;
    private final EventLoop loop;
    private final int port;
    private final long end;
    private final Promise<Channel> done;

    private ConnectionAttempt(Bootstrap bootstrap, EventLoop loop, int port, Duration timeout) {
        this.bootstrap = bootstrap;
        this.loop = loop;
        this.port = port;
        this.end = System.nanoTime() + timeout.toNanos();
        this.done = loop.newPromise();
    }

    /**
     * Begins.
     *
     * @param bootstrap with its handler, which is used once for each address that is tried
     * @param host a name, or a literal without brackets
     * @param timeout for all of it
     * @return told on the event loop; fails as Netty's connect does
     */
    static Future<Channel> begin(
            HostResolver names, Bootstrap bootstrap, EventLoop loop, String host, int port, Duration timeout) {
        ConnectionAttempt dial = new ConnectionAttempt(bootstrap, loop, port, timeout);
        Future<List<InetAddress>> found = names.addresses(host, loop);
        ScheduledFuture<?> late = loop.schedule(() -> found.cancel(false), timeout.toNanos(), TimeUnit.NANOSECONDS);
        found.addListener((Future<List<InetAddress>> addresses) -> {
            late.cancel(false);
            if (addresses.isSuccess()) {
                dial.connect(addresses.getNow(), 0);
            } else if (addresses.isCancelled()) {
                dial.done.setFailure(new NameTimeout(host));
            } else {
                dial.done.setFailure(unknown(addresses.cause()));
            }
        });
        return dial.done;
    }

    private static Throwable unknown(Throwable cause) {
        return cause instanceof UnknownHostException ? cause : new UnknownHostException(String.valueOf(cause));
    }

    private void connect(List<InetAddress> addresses, int index) {
        int left = Math.min(addresses.size(), MOST_ADDRESSES) - index;
        long nanos = (end - System.nanoTime()) / left;
        int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
        bootstrap
                .clone(loop)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
                .connect(new InetSocketAddress(addresses.get(index), port))
                .addListener((ChannelFuture connected) -> {
                    if (connected.isSuccess()) {
                        if (!done.trySuccess(connected.channel())) {
                            connected.channel().close();
                        }
                    } else if (left > 1 && end - System.nanoTime() > 0) {
                        connect(addresses, index + 1);
                    } else {
                        done.tryFailure(connected.cause());
                    }
                });
    }
}

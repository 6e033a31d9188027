package io.essaim.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the state of the service to systemd, if systemd asks for it: ready, stopping, and a watchdog signal while
 * every event loop gets to its work (sd_notify(3), sd_watchdog_enabled(3)). Without {@code NOTIFY_SOCKET} it does
 * nothing. Needs epoll. Any thread.
 */
final class ServiceManager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

    private final EventLoopGroup group;
    private final @Nullable Channel channel;
    private @Nullable Future<?> watchdog;

    private ServiceManager(EventLoopGroup group, @Nullable Channel channel) {
        this.group = group;
        this.channel = channel;
    }

    /** The one that the environment names. */
    static ServiceManager of(Map<String, String> environment, EventLoopGroup group, boolean epoll) {
        String name = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (name.isEmpty()) {
            return new ServiceManager(group, null);
        }
        if (!epoll) {
            LOG.warn("systemd is not told that the service is ready: only the transport epoll can");
            return new ServiceManager(group, null);
        }
        String path = name.startsWith("@") ? '\0' + name.substring(1) : name;
        var connected = new Bootstrap()
                .group(group)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(new DomainSocketAddress(path))
                .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            LOG.warn("systemd is not told that the service is ready: {}", String.valueOf(connected.cause()));
            return new ServiceManager(group, null);
        }
        ServiceManager manager = new ServiceManager(group, connected.channel());
        manager.keepAlive(environment);
        return manager;
    }

    /** Clients can be served. */
    void ready() {
        say("READY=1\nSTATUS=serving");
    }

    /** Running answers may finish, no others begin. */
    void stopping() {
        say("STOPPING=1\nSTATUS=finishing the answers that run");
    }

    private void keepAlive(Map<String, String> environment) {
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        String pid = environment.getOrDefault("WATCHDOG_PID", "");
        boolean ours = pid.isEmpty()
                || pid.equals(Long.toString(ProcessHandle.current().pid()));
        if (ours && micros.matches("[1-9][0-9]{0,17}")) {
            long pause = Math.max(1, Long.parseLong(micros) / 3);
            watchdog = group.next().scheduleWithFixedDelay(this::roundOfLoops, 0, pause, TimeUnit.MICROSECONDS);
        }
    }

    /** The last event loop that gets to it tells systemd; if one is stuck, nobody does. */
    private void roundOfLoops() {
        AtomicInteger missing = new AtomicInteger();
        group.forEach(each -> missing.incrementAndGet());
        for (EventExecutor loop : group) {
            loop.execute(() -> {
                if (missing.decrementAndGet() == 0) {
                    say("WATCHDOG=1");
                }
            });
        }
    }

    private void say(String text) {
        if (channel != null) {
            channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), text));
        }
    }

    @Override
    public void close() {
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        if (channel != null) {
            channel.close().awaitUninterruptibly(1000);
        }
    }
}

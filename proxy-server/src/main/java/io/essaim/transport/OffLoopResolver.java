package io.essaim.transport;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Resolves names with the operating system's resolver, so that /etc/hosts and mDNS work as everywhere else on the machine,
 * but never on an event loop, because that call blocks. IP literals are answered at once.
 */
final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {
    private static final int THREADS = 2;

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
        return new Names(loop).asAddressResolver();
    }

    private static final class Names extends InetNameResolver {
        private static final Executor BLOCKING = blocking();

        Names(EventExecutor loop) {
            super(loop);
        }

        private static Executor blocking() {
            ThreadPoolExecutor pool = new ThreadPoolExecutor(
                    THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1024), task -> {
                        Thread thread = new Thread(task, "resolver");
                        thread.setDaemon(true);
                        return thread;
                    });
            pool.allowCoreThreadTimeOut(true);
            return pool;
        }

        @Override
        protected void doResolve(String name, Promise<InetAddress> promise) {
            byte[] literal = io.netty.util.NetUtil.createByteArrayFromIpAddressString(name);
            if (literal != null) {
                try {
                    promise.trySuccess(InetAddress.getByAddress(name, literal));
                } catch (UnknownHostException e) {
                    promise.tryFailure(e);
                }
                return;
            }
            BLOCKING.execute(() -> {
                try {
                    promise.trySuccess(InetAddress.getByName(name));
                } catch (UnknownHostException e) {
                    promise.tryFailure(e);
                }
            });
        }

        @Override
        protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
            BLOCKING.execute(() -> {
                try {
                    promise.trySuccess(List.of(InetAddress.getAllByName(name)));
                } catch (UnknownHostException e) {
                    promise.tryFailure(e);
                }
            });
        }
    }
}

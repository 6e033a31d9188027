package io.essaim.transport;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Resolves names with the operating system's resolver, so that /etc/hosts and mDNS work as everywhere else on the
 * machine. That call blocks for an unbounded time, so it never runs on an event loop. A name is resolved once at a
 * time for all callers: a hanging name holds one thread and no other name. A caller that stops waiting is forgotten.
 * Any thread.
 */
final class HostResolver {
    /** So many names may hang at a time; those after them wait. */
    private static final int THREADS = 16;

    /** The blocking call. */
    interface Lookup {
        InetAddress[] all(String name) throws UnknownHostException;
    }

    private final Lookup lookup;
    private final Executor blocking = blocking();

    /** By name, who waits for what is being looked up. */
    private final Map<String, Set<Promise<List<InetAddress>>>> asked = new HashMap<>();

    HostResolver(Lookup lookup) {
        this.lookup = lookup;
    }

    private static Executor blocking() {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "resolver");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * The addresses of a name, at least one, as the operating system orders them; of a literal at once.
     *
     * @param loop where the outcome is told; a caller that stops waiting cancels it
     */
    Future<List<InetAddress>> addresses(String name, EventExecutor loop) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(name);
        if (literal != null) {
            try {
                return loop.newSucceededFuture(List.of(InetAddress.getByAddress(name, literal)));
            } catch (UnknownHostException e) {
                return loop.newFailedFuture(e);
            }
        }
        Promise<List<InetAddress>> mine = loop.newPromise();
        boolean first = false;
        synchronized (asked) {
            Set<Promise<List<InetAddress>>> waiting = asked.get(name);
            if (waiting == null) {
                first = true;
                waiting = new HashSet<>();
                asked.put(name, waiting);
            }
            waiting.add(mine);
        }
        mine.addListener(over -> forget(name, mine));
        if (first) {
            blocking.execute(() -> look(name));
        }
        return mine;
    }

    private void forget(String name, Promise<List<InetAddress>> one) {
        synchronized (asked) {
            Set<Promise<List<InetAddress>>> waiting = asked.get(name);
            if (waiting != null) {
                waiting.remove(one);
            }
        }
    }

    private void look(String name) {
        List<InetAddress> found = List.of();
        Throwable fault = new UnknownHostException(name);
        try {
            found = List.of(lookup.all(name));
        } catch (UnknownHostException | RuntimeException | Error e) {
            fault = e;
        }
        Set<Promise<List<InetAddress>>> waiting;
        synchronized (asked) {
            waiting = Set.copyOf(asked.remove(name));
        }
        for (Promise<List<InetAddress>> one : waiting) {
            if (found.isEmpty()) {
                one.tryFailure(fault);
            } else {
                one.trySuccess(found);
            }
        }
    }
}

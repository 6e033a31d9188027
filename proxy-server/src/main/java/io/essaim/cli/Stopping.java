package io.essaim.cli;

import io.essaim.server.EssaimServer;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a server as asked: the first SIGTERM or Ctrl-C lets running answers finish, the second breaks them
 * off with an error frame, the third does not even wait for that. Signals are taken directly, because a JVM shutdown hook
 * runs only once and cannot hear a second one.
 */
final class Stopping {
    private static final Logger LOG = LoggerFactory.getLogger(Stopping.class);

    private final EssaimServer server;
    private final Duration limit;
    private final AtomicInteger signals = new AtomicInteger();
    private final CountDownLatch first = new CountDownLatch(1);

    Stopping(EssaimServer server, Duration limit) {
        this.server = server;
        this.limit = limit;
    }

    /**
     * Waits for the word to stop, then stops. Returns the exit code: 0, or 1 when answers had to be broken off. The second
     * signal interrupts the calling thread.
     */
    int untilToldTo() throws InterruptedException {
        Thread waiting = Thread.currentThread();
        listen("TERM", waiting);
        listen("INT", waiting);
        first.await();
        int running = server.busy();
        if (running > 0) {
            LOG.info("stopping: waiting up to {} s for {} running answers", limit.toSeconds(), running);
        }
        boolean done = drained();
        server.close();
        if (!done) {
            LOG.warn("stopped with answers still running");
        }
        return done ? 0 : 1;
    }

    private boolean drained() {
        try {
            return server.drain(limit);
        } catch (InterruptedException e) { // the second signal
            return false;
        }
    }

    /** By reflection: the JDK exports sun.misc.Signal for this use, but javac warns of it and cannot be told not to. */
    private void listen(String name, Thread waiting) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object heard = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            heard(waiting);
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), heard);
        } catch (ReflectiveOperationException e) {
            LOG.warn("SIG{} ends this JVM without letting answers finish: {}", name, e.toString());
        }
    }

    private void heard(Thread waiting) {
        switch (signals.incrementAndGet()) {
            case 1 -> first.countDown();
            case 2 -> waiting.interrupt();
            default -> Runtime.getRuntime().halt(1);
        }
    }
}

package io.essaim.cli;

import io.essaim.server.EssaimServer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a server as asked: the first SIGTERM or Ctrl-C lets running answers finish, the second breaks them
 * off with an error frame, the third does not even wait for that.
 */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private final AtomicInteger signals = new AtomicInteger();
    private final CountDownLatch first = new CountDownLatch(1);

    private Shutdown() {}

    /**
     * Takes the signals from now on, also while the server still starts: it stops as soon as it has. The second signal interrupts the
     * calling thread, which is to be the one that waits.
     */
    static Shutdown atSignals() {
        Shutdown stopping = new Shutdown();
        Thread waiting = Thread.currentThread();
        for (String name : new String[] {"TERM", "INT"}) {
            Signals.on(name, "ends this JVM without letting answers finish", () -> stopping.heard(waiting));
        }
        return stopping;
    }

    /**
     * Waits for the word to stop, then stops. Returns the exit code: 0, or 1 when answers had to be broken off.
     *
     * @param limit how long running answers may take to finish, asked when it is time
     */
    int untilToldTo(EssaimServer server, Supplier<Duration> limit) {
        boolean done = awaitFirst();
        int running = server.busy();
        if (running > 0) {
            LOG.info(
                    "stopping: waiting up to {} s for {} running answers",
                    limit.get().toSeconds(),
                    running);
        }
        done = done && drained(server, limit.get());
        server.close();
        if (!done) {
            LOG.warn("stopped with answers still running");
        }
        return done ? 0 : 1;
    }

    private boolean awaitFirst() {
        try {
            first.await();
            return true;
        } catch (InterruptedException e) { // two signals before
            return false;
        }
    }

    private static boolean drained(EssaimServer server, Duration limit) {
        try {
            return server.drain(limit);
        } catch (InterruptedException e) { // the second signal
            return false;
        }
    }

    /** The server is to stop as at the first signal. Any thread. */
    void begin() {
        first.countDown();
    }

    private void heard(Thread waiting) {
        switch (signals.incrementAndGet()) {
            case 1 -> first.countDown();
            case 2 -> waiting.interrupt();
            default -> Runtime.getRuntime().halt(1);
        }
    }
}

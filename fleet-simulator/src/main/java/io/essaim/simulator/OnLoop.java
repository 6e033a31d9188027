package io.essaim.simulator;

import io.netty.channel.EventLoop;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Crosses from a caller's thread to the event loop of a host and waits for the outcome. */
final class OnLoop {
    private static final long SELECTION_MILLIS = 5;

    private OnLoop() {}

    static void run(EventLoop loop, Runnable work) {
        call(loop, () -> {
            work.run();
            return Boolean.TRUE;
        });
    }

    /**
     * Waits until closed channels are closed indeed: NIO closes the socket of a registered channel in the next selection only, so until
     * then a closed listener still accepts. Returns at once on the event loop, which cannot wait for itself.
     */
    static void settle(EventLoop loop) {
        if (!loop.inEventLoop()) {
            loop.schedule(() -> {}, SELECTION_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        }
    }

    static <T> T call(EventLoop loop, Callable<T> work) {
        try {
            return loop.inEventLoop() ? work.call() : loop.submit(work).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the simulated host", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

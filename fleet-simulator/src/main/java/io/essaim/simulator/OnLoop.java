package io.essaim.simulator;

import io.netty.channel.EventLoop;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Crosses from a caller's thread to the event loop of a host and waits for the outcome. */
final class OnLoop {
    private OnLoop() {}

    static void run(EventLoop loop, Runnable work) {
        call(loop, () -> {
            work.run();
            return Boolean.TRUE;
        });
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

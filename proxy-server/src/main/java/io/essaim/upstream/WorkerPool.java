package io.essaim.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Threads for work that would hold an event loop up, such as the translation of large bodies. The outcome is told on
 * the loop that asked. Small work runs on that loop, since handing it over would cost more. Any thread.
 */
public final class WorkerPool implements AutoCloseable {
    /** What is handed over: translating so much takes about a millisecond. */
    public static final int LARGE = 128 * 1024;
    /** More that wait would be told so; each holds its client's body. */
    static final int MOST_WAITING = 64;

    private final ThreadPoolExecutor threads;

    /** Hears how work ended, on the loop that asked for it; not at all when it was cancelled. */
    public interface Listener<T> {
        void done(T result);

        /** @param why what the work threw; a {@link RejectedExecutionException} when there is too much of it */
        void failed(Throwable why);
    }

    /** One piece of work under way. Confined to the loop that asked for it. */
    public static final class Task {
        private boolean cancelled;
        private @Nullable Runnable queued;

        private Task() {}
    }

    /** @param most threads that work at the same time; each ends when it has nothing to do for a while */
    public WorkerPool(int most) {
        threads = new ThreadPoolExecutor(
                most,
                most,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                new DefaultThreadFactory("long-work", true));
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Does some work, now if it is small.
     *
     * @param loop the caller's
     * @param size how many bytes it is about
     * @return null when the listener has heard the outcome already
     */
    public <T> @Nullable Task start(EventLoop loop, int size, Callable<T> work, Listener<T> listener) {
        if (size < LARGE) {
            finish(null, tried(work), listener);
            return null;
        }
        Task task = new Task();
        Runnable run = () -> {
            Outcome<T> outcome = tried(work);
            try {
                loop.execute(() -> tell(task, outcome, listener));
            } catch (RejectedExecutionException e) {
                // The loop has ended, and with it everybody who could want to know.
                return;
            }
        };
        task.queued = run;
        try {
            threads.execute(run);
        } catch (RejectedExecutionException e) {
            listener.failed(e);
            return null;
        }
        return task;
    }

    /** Nobody wants the outcome any more. What has begun already ends by itself, and nobody hears of it. */
    public void cancel(Task task) {
        task.cancelled = true;
        if (task.queued != null) {
            threads.remove(task.queued);
        }
    }

    private record Outcome<T>(@Nullable T result, @Nullable Throwable failure) {}

    private static <T> Outcome<T> tried(Callable<T> work) {
        try {
            return new Outcome<>(work.call(), null);
        } catch (Throwable e) { // An error too, such as too little memory, is told to the request that caused it.
            return new Outcome<>(null, e);
        }
    }

    /** As the first thing on a loop's stack: what goes wrong while the outcome is heard must not end nowhere. */
    private static <T> void tell(Task task, Outcome<T> outcome, Listener<T> listener) {
        try {
            finish(task, outcome, listener);
        } catch (RuntimeException | Error e) {
            listener.failed(e);
        }
    }

    private static <T> void finish(@Nullable Task task, Outcome<T> outcome, Listener<T> listener) {
        if (task != null && task.cancelled) {
            return;
        }
        T result = outcome.result;
        if (result == null) {
            Throwable why = outcome.failure;
            listener.failed(why == null ? new IllegalStateException("work without a result") : why);
        } else {
            listener.done(result);
        }
    }

    /** How many pieces of work run. */
    int running() {
        return threads.getActiveCount();
    }

    /** Drops what waits, and takes no more. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}

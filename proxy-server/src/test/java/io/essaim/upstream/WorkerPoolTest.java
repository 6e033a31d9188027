package io.essaim.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work away from the event loop: who hears of it where, and who does not. */
class WorkerPoolTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final WorkerPool work = new WorkerPool(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<Object> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void end() {
        gate.countDown();
        work.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final WorkerPool.Listener<String> listener = new WorkerPool.Listener<>() {
        @Override
        public void done(String result) {
            heard.add(result + (loop.inEventLoop() ? " on the loop" : " elsewhere"));
        }

        @Override
        public void failed(Throwable why) {
            heard.add(why);
        }
    };

    private WorkerPool.@Nullable Task start(int size, Callable<String> what) throws Exception {
        return loop.submit(() -> work.start(loop, size, what, listener)).get();
    }

    private String held() throws InterruptedException {
        gate.await();
        return loop.inEventLoop() ? "was on the loop" : "held";
    }

    @Test
    void theLoopDoesOtherThings_whileWorkIsHeld() throws Exception {
        assertThat(start(WorkerPool.LARGE, this::held)).isNotNull();
        assertThat(loop.submit(() -> "other").get(10, TimeUnit.SECONDS)).isEqualTo("other");
        assertThat(heard).isEmpty();
        gate.countDown();
        await().untilAsserted(() -> assertThat(heard).containsExactly("held on the loop"));
    }

    @Test
    void smallWorkIsDoneAtOnce() throws Exception {
        assertThat(start(WorkerPool.LARGE - 1, () -> loop.inEventLoop() ? "small" : "moved"))
                .isNull();
        assertThat(heard).containsExactly("small on the loop");
    }

    @Test
    void whatWorkThrows_isHeard_errorsToo() throws Exception {
        Exception wrong = new Exception("wrong");
        start(WorkerPool.LARGE, () -> {
            throw wrong;
        });
        await().untilAsserted(() -> assertThat(heard).containsExactly(wrong));
        Error memory = new OutOfMemoryError("as if");
        start(WorkerPool.LARGE, () -> {
            throw memory;
        });
        await().untilAsserted(() -> assertThat(heard).containsExactly(wrong, memory));
        start(1, () -> {
            throw wrong;
        });
        assertThat(heard).containsExactly(wrong, memory, wrong);
    }

    @Test
    void whatGoesWrongWhileItIsHeard_isHeardToo() throws Exception {
        RuntimeException wrong = new IllegalStateException("wrong");
        loop.submit(() -> work.start(loop, WorkerPool.LARGE, () -> "good", new WorkerPool.Listener<String>() {
                    @Override
                    public void done(String result) {
                        throw wrong;
                    }

                    @Override
                    public void failed(Throwable why) {
                        heard.add(why);
                    }
                }))
                .get();
        await().untilAsserted(() -> assertThat(heard).containsExactly(wrong));
    }

    @Test
    void cancelledWork_isNotHeardOf_andDoesNotBegin() throws Exception {
        WorkerPool.Task running = start(WorkerPool.LARGE, this::held);
        await().until(() -> work.running() == 1);
        WorkerPool.Task waiting = start(WorkerPool.LARGE, () -> {
            heard.add("begun");
            return "waited";
        });
        start(WorkerPool.LARGE, () -> "last");
        loop.submit(() -> {
                    work.cancel(java.util.Objects.requireNonNull(running));
                    work.cancel(java.util.Objects.requireNonNull(waiting));
                })
                .get();
        gate.countDown();
        await().untilAsserted(() -> assertThat(heard).containsExactly("last on the loop"));
    }

    @Test
    void tooMuchIsRefusedAtOnce() throws Exception {
        for (int i = 0; i <= WorkerPool.MOST_WAITING; i++) {
            start(WorkerPool.LARGE, this::held);
        }
        assertThat(heard).isEmpty();
        assertThat(start(WorkerPool.LARGE, () -> "more")).isNull();
        assertThat(heard).hasSize(1).first().isInstanceOf(RejectedExecutionException.class);
        gate.countDown();
        await().untilAsserted(() -> assertThat(heard).hasSize(WorkerPool.MOST_WAITING + 2));
    }

    @Test
    void afterTheEnd_nothingBegins_andNobodyIsMissed() throws Exception {
        start(WorkerPool.LARGE, () -> {
            while (gate.getCount() > 0) { // As a translation, which asks for no interrupt.
                Thread.onSpinWait();
            }
            return "held";
        });
        await().until(() -> work.running() == 1);
        start(WorkerPool.LARGE, () -> "waited");
        work.close();
        start(WorkerPool.LARGE, () -> "late");
        assertThat(heard).hasSize(1).first().isInstanceOf(RejectedExecutionException.class);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        gate.countDown();
        await().until(() -> work.running() == 0);
        assertThat(heard).hasSize(1);
    }
}

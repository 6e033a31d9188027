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
class LongWorkTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final LongWork work = new LongWork(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<Object> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void end() {
        gate.countDown();
        work.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final LongWork.Listener<String> listener = new LongWork.Listener<>() {
        @Override
        public void done(String result) {
            heard.add(result + (loop.inEventLoop() ? " on the loop" : " elsewhere"));
        }

        @Override
        public void failed(Throwable why) {
            heard.add(why);
        }
    };

    private LongWork.@Nullable Task start(int size, Callable<String> what) throws Exception {
        return loop.submit(() -> work.start(loop, size, what, listener)).get();
    }

    private String held() throws InterruptedException {
        gate.await();
        return loop.inEventLoop() ? "was on the loop" : "held";
    }

    @Test
    void theLoopDoesOtherThings_whileWorkIsHeld() throws Exception {
        assertThat(start(LongWork.LARGE, this::held)).isNotNull();
        assertThat(loop.submit(() -> "other").get(10, TimeUnit.SECONDS)).isEqualTo("other");
        assertThat(heard).isEmpty();
        gate.countDown();
        await().untilAsserted(() -> assertThat(heard).containsExactly("held on the loop"));
    }

    @Test
    void smallWorkIsDoneAtOnce() throws Exception {
        assertThat(start(LongWork.LARGE - 1, () -> loop.inEventLoop() ? "small" : "moved"))
                .isNull();
        assertThat(heard).containsExactly("small on the loop");
    }

    @Test
    void whatWorkThrows_isHeard_errorsToo() throws Exception {
        Exception wrong = new Exception("wrong");
        start(LongWork.LARGE, () -> {
            throw wrong;
        });
        await().untilAsserted(() -> assertThat(heard).containsExactly(wrong));
        Error memory = new OutOfMemoryError("as if");
        start(LongWork.LARGE, () -> {
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
        loop.submit(() -> work.start(loop, LongWork.LARGE, () -> "good", new LongWork.Listener<String>() {
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
        LongWork.Task running = start(LongWork.LARGE, this::held);
        await().until(() -> work.running() == 1);
        LongWork.Task waiting = start(LongWork.LARGE, () -> {
            heard.add("begun");
            return "waited";
        });
        start(LongWork.LARGE, () -> "last");
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
        for (int i = 0; i <= LongWork.MOST_WAITING; i++) {
            start(LongWork.LARGE, this::held);
        }
        assertThat(heard).isEmpty();
        assertThat(start(LongWork.LARGE, () -> "more")).isNull();
        assertThat(heard).hasSize(1).first().isInstanceOf(RejectedExecutionException.class);
        gate.countDown();
        await().untilAsserted(() -> assertThat(heard).hasSize(LongWork.MOST_WAITING + 2));
    }

    @Test
    void afterTheEnd_nothingBegins_andNobodyIsMissed() throws Exception {
        start(LongWork.LARGE, () -> {
            while (gate.getCount() > 0) { // As a translation, which asks for no interrupt.
                Thread.onSpinWait();
            }
            return "held";
        });
        await().until(() -> work.running() == 1);
        start(LongWork.LARGE, () -> "waited");
        work.close();
        start(LongWork.LARGE, () -> "late");
        assertThat(heard).hasSize(1).first().isInstanceOf(RejectedExecutionException.class);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        gate.countDown();
        await().until(() -> work.running() == 0);
        assertThat(heard).hasSize(1);
    }
}

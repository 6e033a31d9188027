package io.essaim.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes of all request bodies together: those that are being received, wait for a slot, or are kept to be
 * sent again. It counts the arrays that hold them, and both arrays while one grows into the other. One per server; any
 * thread.
 */
public final class BodyBudget {
    /**
     * Of the heap. A body that goes to a cloud takes twice its bytes more while it is translated and sent, and what else lives in a heap of 64 MiB
     * takes about 15 MiB.
     */
    private static final double SHARE = 0.25;

    private static final long NEVER = Long.MIN_VALUE;

    /** Longer than from one sweep to the next. */
    private static final long ONE_AT_A_TIME = TimeUnit.MILLISECONDS.toNanos(300);

    private final long total;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong gaveUp = new AtomicLong(NEVER);
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param total bytes */
    public BodyBudget(long total) {
        this.total = total;
    }

    /** A share of the heap that this JVM may have. */
    public static BodyBudget ofHeap() {
        return new BodyBudget((long) (Runtime.getRuntime().maxMemory() * SHARE));
    }

    /** The largest body that fits, in bytes: while it grows, half of it may be there twice. */
    public long largest() {
        return total / 2;
    }

    /** Bytes that are taken now. */
    public long used() {
        return used.get();
    }

    /** Takes so many bytes if they are free. Whether they were. */
    boolean take(long bytes) {
        long before = used.getAndUpdate(now -> now + bytes <= total ? now + bytes : now);
        return before + bytes <= total;
    }

    void give(long bytes) {
        used.addAndGet(-bytes);
    }

    /** A body begins to wait for room, or no longer waits. */
    void waits(boolean begins) {
        waiting.addAndGet(begins ? 1 : -1);
    }

    /**
     * Whether a body that holds room, and has waited for more long enough, gives up now. One at a time: the room of one may be what others
     * wait for, and they hear of it at their loop's next sweep.
     *
     * @param now nanoseconds
     */
    public boolean givesUp(long now) {
        long last = gaveUp.get();
        return (last == NEVER || now - last >= ONE_AT_A_TIME) && gaveUp.compareAndSet(last, now);
    }

    /** Whether bodies wait for room: then who sends slowly must not keep it from them. */
    public boolean scarce() {
        return waiting.get() > 0;
    }

    /** A body whose bytes go back when it is released for the last time. */
    static final class Held extends UnpooledHeapByteBuf {
        private final BodyBudget budget;
        private final int taken;

        /** @param array of which {@code length} bytes are the body; all of it was taken from the budget */
        Held(BodyBudget budget, byte[] array, int length) {
            super((ByteBufAllocator) UnpooledByteBufAllocator.DEFAULT, array, array.length);
            this.budget = budget;
            this.taken = array.length;
            setIndex(0, length);
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            budget.give(taken);
        }
    }

    /** The bytes of a body, not to be changed: its own array if that holds nothing else. */
    public static byte[] bytesOf(ByteBuf body) {
        boolean own = body instanceof Held && body.array().length == body.readableBytes();
        return own ? body.array() : ByteBufUtil.getBytes(body);
    }
}

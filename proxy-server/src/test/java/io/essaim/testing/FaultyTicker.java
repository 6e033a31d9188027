package io.essaim.testing;

import io.essaim.api.Ticker;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A clock that fails on command. Nearly every callback of the proxy asks it, so that a fault of our own can be put into each of
 * them, without a seam in the code that is tested. Any thread.
 */
public final class FaultyTicker implements Ticker {
    private static final StackWalker STACK = StackWalker.getInstance();

    /** Frames of ours that tell one place from another. */
    private static final int FRAMES = 5;

    /** Calls of one thread between two faults: time enough to recover from the first. */
    private static final int RECOVERY = 60;

    /** Faults at one place. */
    private static final int MOST = 3;

    private final long seed;
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> faults = new ConcurrentHashMap<>();
    private final ThreadLocal<Integer> rest = ThreadLocal.withInitial(() -> 0);
    private volatile String place = "";
    private volatile boolean storm;

    /** @param seed of when {@link #storm} fails */
    public FaultyTicker(long seed) {
        this.seed = seed;
    }

    /** Fails once, at the next call that this method, as {@code Class.method}, is waiting for. */
    public void once(String method) {
        place = method;
    }

    /** Whether that has happened. */
    public boolean failed() {
        return place.isEmpty();
    }

    /** From now on it fails now and then in each place that asks it, until it is over. */
    public void storm(boolean on) {
        storm = on;
    }

    /** How often it failed in each place. */
    public Map<String, AtomicInteger> faults() {
        return faults;
    }

    @Override
    public long nanos() {
        if (storm) {
            storm();
        } else if (!place.isEmpty() && within(place)) {
            fail();
        }
        return System.nanoTime();
    }

    private synchronized void fail() {
        if (!place.isEmpty()) {
            String was = place;
            place = "";
            throw new IllegalStateException("a fault in " + was);
        }
    }

    private static boolean within(String method) {
        return STACK.walk(frames -> frames.anyMatch(frame -> method.equals(name(frame))));
    }

    private static String name(StackWalker.StackFrame frame) {
        String type = frame.getClassName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethodName();
    }

    private void storm() {
        int left = rest.get();
        if (left > 0) {
            rest.set(left - 1);
            return;
        }
        String here =
                STACK.walk(frames -> frames.filter(frame -> frame.getClassName().startsWith("io.essaim."))
                        .skip(2)
                        .limit(FRAMES)
                        .map(FaultyTicker::name)
                        .collect(Collectors.joining(" < ")));
        int call = calls.computeIfAbsent(here, any -> new AtomicInteger()).incrementAndGet();
        AtomicInteger failed = faults.computeIfAbsent(here, any -> new AtomicInteger());
        int due = 1 + new Random(seed ^ here.hashCode()).nextInt(4) + failed.get() * 20;
        if (call >= due && failed.get() < MOST) {
            failed.incrementAndGet();
            rest.set(RECOVERY);
            throw new IllegalStateException("a fault in " + here);
        }
    }
}

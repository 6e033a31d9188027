package io.essaim.simulator;

import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A loaded model: its slots, the unbounded FIFO behind them (0.15.2 bounds only the queue for loads) and its keep-alive. */
final class Runner {
    static final long FOREVER = Long.MAX_VALUE;

    private final StoredModel model;
    private final RunnerOptions options;
    private final List<Slot> slots = new ArrayList<>();
    private final Deque<SlotUser> waiting = new ArrayDeque<>();
    private long keepAlive;
    private int users;
    private long expiresAt;
    private @Nullable Future<?> expiry;
    private boolean loaded;

    Runner(StoredModel model, RunnerOptions options, int slotCount, long keepAlive) {
        this.model = model;
        this.options = options;
        this.keepAlive = keepAlive;
        for (int i = 0; i < slotCount; i++) {
            slots.add(new Slot());
        }
    }

    StoredModel model() {
        return model;
    }

    RunnerOptions options() {
        return options;
    }

    long keepAlive() {
        return keepAlive;
    }

    void keepAlive(long nanos) {
        keepAlive = nanos;
    }

    boolean isLoaded() {
        return loaded;
    }

    void loaded() {
        loaded = true;
    }

    boolean isIdle() {
        return users == 0;
    }

    void use() {
        users++;
        cancelExpiry();
    }

    /** Returns whether the runner is idle now. */
    boolean leave() {
        users--;
        return users == 0;
    }

    void expiresAt(long due, @Nullable Future<?> timer) {
        cancelExpiry();
        expiresAt = due;
        expiry = timer;
    }

    /** The simulated instant of its expiry; stale while it is busy, as Ollama's is. 0 before it was idle for the first time. */
    long expiresAt() {
        return expiresAt;
    }

    void cancelExpiry() {
        if (expiry != null) {
            expiry.cancel(false);
            expiry = null;
        }
    }

    int busySlots() {
        int busy = 0;
        for (Slot slot : slots) {
            busy += slot.isBusy() ? 1 : 0;
        }
        return busy;
    }

    int waiting() {
        return waiting.size();
    }

    /** Gives the user a slot now or in its turn. */
    void enqueue(SlotUser user, long now) {
        waiting.add(user);
        serve(now);
    }

    void withdraw(SlotUser user) {
        waiting.remove(user);
    }

    void free(Slot slot, int[] tokens, long now) {
        slot.release(tokens);
        serve(now);
    }

    private void serve(long now) {
        while (!waiting.isEmpty() && busySlots() < slots.size()) {
            SlotUser next = waiting.removeFirst();
            Slot slot = bestSlot(next.promptTokens());
            slot.take(now);
            next.slotGranted(slot, now);
        }
    }

    /** The free slot with the longest common prefix; among equals the one not used for longest (0.15.2 findLongestCacheSlot). */
    private Slot bestSlot(int[] prompt) {
        Slot best = null;
        int longest = -1;
        for (Slot slot : slots) {
            if (slot.isBusy()) {
                continue;
            }
            int prefix = slot.commonPrefix(prompt);
            if (best == null || prefix > longest || (prefix == longest && slot.lastUsed() < best.lastUsed())) {
                best = slot;
                longest = prefix;
            }
        }
        if (best == null) {
            throw new IllegalStateException("no free slot");
        }
        return best;
    }
}

package io.essaim.simulator;

/** One sequence of a runner. It remembers the tokens it holds, so that a follow-up turn reads only what is new. */
final class Slot {
    private int[] held = new int[0];
    private long lastUsed;
    private boolean busy;

    boolean isBusy() {
        return busy;
    }

    long lastUsed() {
        return lastUsed;
    }

    int commonPrefix(int[] prompt) {
        int n = Math.min(held.length, prompt.length);
        int i = 0;
        while (i < n && held[i] == prompt[i]) {
            i++;
        }
        return i;
    }

    void take(long now) {
        busy = true;
        lastUsed = now;
    }

    void release(int[] tokens) {
        busy = false;
        held = tokens;
    }
}

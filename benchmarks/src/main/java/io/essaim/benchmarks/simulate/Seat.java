package io.essaim.benchmarks.simulate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One model on one host: whether it is in memory, who waits for it, and which conversations it has read. */
final class Seat {
    final int model;
    final Deque<Job> waiting = new ArrayDeque<>();

    /** Told when the model has been loaded. */
    final List<Runnable> expecting = new ArrayList<>(2);

    int running;
    double lastUse = Double.NEGATIVE_INFINITY;
    double loadedAt = Double.NEGATIVE_INFINITY;
    private final int conversations;

    /** Tokens read of each conversation, least recently used first. */
    private final Map<Long, Integer> read = new LinkedHashMap<>();

    private State state = State.COLD;

    enum State {
        COLD,
        LOADING,
        WARM
    }

    /** @param conversations that are remembered */
    Seat(int model, int conversations) {
        this.model = model;
        this.conversations = conversations;
    }

    State state() {
        return state;
    }

    void state(State next) {
        state = next;
        if (next != State.WARM) {
            read.clear();
        }
    }

    boolean idle() {
        return running == 0 && waiting.isEmpty();
    }

    /** Tokens of the prompt that need not be read; the last one always is. */
    int cached(Request request) {
        return Math.min(read.getOrDefault(request.conversation, 0), request.promptTokens - 1);
    }

    void remember(Request request) {
        read.remove(request.conversation);
        read.put(request.conversation, request.promptTokens + request.outputTokens);
        if (read.size() > conversations) {
            read.remove(read.keySet().iterator().next());
        }
    }
}

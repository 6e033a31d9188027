package io.essaim.why;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The traces of the latest requests; older ones are dropped. Any thread. */
public final class RequestTraces {
    private static final int KEPT = 1024;

    private final AtomicReferenceArray<@Nullable RequestTrace> ring = new AtomicReferenceArray<>(KEPT);
    private final AtomicLong next = new AtomicLong();

    /** Keeps one, in the place of the oldest. */
    public void add(RequestTrace story) {
        ring.set((int) (next.getAndIncrement() % KEPT), story);
    }

    /** The story of the request with this id; null when there was none, or it is forgotten. */
    public @Nullable RequestTrace find(String id) {
        for (int i = 0; i < KEPT; i++) {
            RequestTrace story = ring.get(i);
            if (story != null && story.id().equals(id)) {
                return story;
            }
        }
        return null;
    }

    /** The latest ones, latest first. */
    public List<RequestTrace> latest(int most) {
        List<RequestTrace> found = new ArrayList<>();
        long newest = next.get() - 1;
        for (long i = newest; i >= 0 && i > newest - KEPT && found.size() < most; i--) {
            RequestTrace story = ring.get((int) (i % KEPT));
            if (story != null) { // It may be on its way here.
                found.add(story);
            }
        }
        return found;
    }
}

package io.essaim.why;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps of one request so far. Written by the request's event loop, read on any thread. */
public final class RequestTrace {
    /** A request has as many attempts as the rules allow; this bounds it whatever they say. */
    private static final int MOST_STEPS = 64;

    private final String id;
    private final String path;
    private final String agent;
    private final String model;
    private final Instant time;
    private final long since;
    private final List<At> steps = new ArrayList<>(4);
    private volatile String client = "-";
    private @Nullable End end;

    /**
     * A step, and when it was.
     *
     * @param nanos since the request was whole
     * @param step what
     */
    public record At(long nanos, Step step) {}

    /**
     * How it ended.
     *
     * @param nanos since the request was whole
     * @param outcome {@code ok}, or {@code refused} or {@code failed} with the reason
     */
    public record End(long nanos, String outcome) {}

    /**
     * Begins.
     *
     * @param id the request's
     * @param path of the call
     * @param agent that the request belongs to
     * @param model as the client wrote it, safe to show
     * @param time when it was whole, for people
     * @param now the same, in nanoseconds of the ticker
     */
    public RequestTrace(String id, String path, String agent, String model, Instant time, long now) {
        this.id = id;
        this.path = path;
        this.agent = agent;
        this.model = model;
        this.time = time;
        this.since = now;
    }

    /** Says at which address its client is. */
    public void from(String address) {
        client = address;
    }

    /** The address of its client; {@code -} when that is not known. */
    public String client() {
        return client;
    }

    public String id() {
        return id;
    }

    public String path() {
        return path;
    }

    public String agent() {
        return agent;
    }

    public String model() {
        return model;
    }

    public Instant time() {
        return time;
    }

    /** @param now nanoseconds of the ticker */
    public synchronized void step(Step step, long now) {
        if (steps.size() < MOST_STEPS) {
            steps.add(new At(now - since, step));
        }
    }

    /**
     * It is over.
     *
     * @param now nanoseconds of the ticker
     */
    public synchronized void end(String outcome, long now) {
        end = new End(now - since, outcome);
    }

    /** The steps so far, in order. */
    public synchronized List<At> steps() {
        return List.copyOf(steps);
    }

    /** How it ended; null as long as it goes on. */
    public synchronized @Nullable End end() {
        return end;
    }

    /** How old it is, in nanoseconds. */
    public long age(long now) {
        return now - since;
    }
}

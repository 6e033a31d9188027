package io.essaim.selection;

import io.essaim.config.Gate;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Lease;
import io.essaim.fleet.RequestForecast;
import io.essaim.learn.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets idle hosts read what a cloud answered because no host could have read it in time. The next turn of such a
 * conversation is longer still, so it would go to the cloud again, and all others after it. Hosts keep what they have
 * read (llama.cpp's prompt cache): one that has read this turn answers the next one in time.
 *
 * <p>A host of the first tier reads a turn if it has the model in memory and nothing else to do, while no request
 * waits for a slot, and only if it takes longer than the agent's gate allows although it idles; all else it can do
 * when it is asked. A turn that its client has gone on from, or that no host could read within two minutes, is
 * dropped. Bounded; any thread.
 *
 * @param <T> a request as it can be sent once more
 */
public final class ReadAhead<T> {
    private static final int MOST = 16;
    private static final long LIFE = TimeUnit.MINUTES.toNanos(2);

    /** Bytes of one request, and of all together. */
    /** The largest request that is kept, in bytes. */
    public static final long LARGEST = 1 << 20;

    private static final long MOST_BYTES = 4 << 20;

    private final List<Unread<T>> unread = new ArrayList<>();
    private volatile boolean empty = true;

    private record Unread<T>(Plan plan, PromptEstimate prompt, T request, long bytes, long since) {}

    /**
     * What a host is to read now.
     *
     * @param candidate the host and the model
     * @param lease to be ended exactly once
     * @param prompt to be told when it was read
     * @param request to be sent, and broken off with its first token
     */
    public record Reading<T>(Candidate candidate, Lease lease, PromptEstimate prompt, T request) {}

    /**
     * A cloud is asked because no host is good enough.
     *
     * @param plan with the gate that none would pass
     * @param bytes what the request takes in memory
     */
    public void missed(Plan plan, PromptEstimate prompt, T request, long bytes, long now) {
        Gate gate = plan.gate();
        if (gate == null || !gate.readAhead() || !prompt.recognisable() || bytes > LARGEST) {
            return;
        }
        synchronized (this) {
            unread.add(new Unread<>(plan, prompt, request, bytes, now));
            forget(now);
        }
    }

    private void forget(long now) {
        unread.removeIf(one -> now - one.since > LIFE);
        while (unread.size() > MOST || unread.stream().mapToLong(Unread::bytes).sum() > MOST_BYTES) {
            unread.remove(0);
        }
        empty = unread.isEmpty();
    }

    /** Hosts answer it after all: no cloud could. */
    public void withdraw(PromptEstimate prompt) {
        if (empty) {
            return;
        }
        synchronized (this) {
            unread.removeIf(one -> one.prompt == prompt);
            empty = unread.isEmpty();
        }
    }

    /**
     * A request comes: the turns before it need not be read any more.
     *
     * @param prompt whose bytes are still what they were
     */
    public void asked(PromptEstimate prompt) {
        if (empty) {
            return;
        }
        synchronized (this) {
            unread.removeIf(one -> prompt.goesOnFrom(one.prompt));
            empty = unread.isEmpty();
        }
    }

    /**
     * The oldest turn that a host can read now; null when there is none.
     *
     * @param now nanoseconds of the fleet's ticker
     */
    public @Nullable Reading<T> due(long now) {
        if (empty) {
            return null;
        }
        synchronized (this) {
            forget(now);
            for (int i = 0; i < unread.size(); i++) {
                Reading<T> reading = reading(unread.get(i), now);
                if (reading != null) {
                    unread.remove(i);
                    empty = unread.isEmpty();
                    return reading;
                }
            }
        }
        return null;
    }

    private static <T> @Nullable Reading<T> reading(Unread<T> one, long now) {
        for (Candidate candidate : one.plan.tiers().get(0).look(one.prompt.homes(), now)) {
            Backend backend = candidate.backend();
            boolean idles = !candidate.remote()
                    && Eligibility.obstacle(candidate, now) == null
                    && backend.health() == Backend.Health.UP
                    && backend.idleFor(0, now)
                    && backend.warm(candidate.model(), one.plan.context(), now);
            Lease lease = idles ? lease(one, candidate, now) : null;
            if (lease != null) {
                return new Reading<>(candidate, lease, one.prompt, one.request);
            }
        }
        return null;
    }

    private static @Nullable Lease lease(Unread<?> one, Candidate candidate, long now) {
        Prediction prediction = one.prompt.predict(candidate, one.plan.context(), now);
        Gate gate = one.plan.gate();
        if (gate == null || prediction.ttftSeconds() <= gate.ttftSeconds()) {
            return null;
        }
        RequestForecast forecast = one.prompt.forecastOfReading(prediction);
        BreakerGate.Permit permit = candidate.backend().gate().tryEnter();
        return permit == null
                ? null
                : candidate.backend().leaseFree(candidate.model(), one.plan.context(), permit, forecast);
    }
}

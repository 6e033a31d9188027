package io.essaim.choose;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Caller;
import io.essaim.fleet.Forecast;
import io.essaim.fleet.Lease;
import io.essaim.learn.Demand;
import io.essaim.learn.Findings;
import io.essaim.learn.Prediction;
import io.essaim.learn.Timings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How large a request is, and which backends are believed to have read the beginning of it. One per request, one thread. */
public final class Prompt {
    private final Demand demand;
    private final @Nullable Affinity affinity;
    private final @Nullable Conversation conversation;
    private final List<Affinity.Reader> readers;

    private Prompt(Demand demand, @Nullable Affinity affinity, @Nullable Conversation conversation) {
        this.demand = demand;
        this.affinity = affinity;
        this.conversation = conversation;
        this.readers = affinity == null || conversation == null ? List.of() : affinity.readers(conversation);
    }

    /** One that nobody could recognise. */
    public static Prompt of(Demand demand) {
        return new Prompt(demand, null, null);
    }

    /** @param conversation of {@code affinity}; its bytes are read now and not later */
    public static Prompt of(Demand demand, Affinity affinity, Conversation conversation) {
        return new Prompt(demand, affinity, conversation);
    }

    /** Names of the backends that are believed to have read its beginning, who read most first. */
    List<String> homes() {
        return readers.stream().map(Affinity.Reader::backend).toList();
    }

    /** What is to be expected of the request on this backend. */
    Prediction predict(Candidate candidate, @Nullable Integer context, long now) {
        Backend backend = candidate.backend();
        long cached =
                readers.isEmpty() ? 0 : Affinity.tokens(readers, backend.name(), backend.generation(candidate.model()));
        return backend.predict(candidate.model(), context, demand, cached, now);
    }

    /** Whether its conversation is long enough to be told from others. */
    boolean recognisable() {
        return conversation != null && conversation.marks() > 0;
    }

    /** Whether its conversation begins with all of the other one's, which is one that can be told from others. */
    boolean goesOnFrom(Prompt earlier) {
        return conversation != null && earlier.conversation != null && conversation.beginsWith(earlier.conversation);
    }

    /** The prediction for a request that is broken off with its first token, the proxy's own. */
    Forecast forecastOfReading(Prediction prediction) {
        Demand reading = new Demand(demand.bodyBytes(), demand.promptTokens(), 1, true);
        return new Forecast(reading, Caller.PROXY, prediction);
    }

    /** The backend has read all of it, and wrote no more than a token. The lease is to be ended afterwards. */
    public void read(Lease lease) {
        if (affinity != null && conversation != null) {
            affinity.answered(
                    conversation,
                    lease.backend().name(),
                    lease.memory(),
                    lease.prediction().promptTokens(),
                    0);
        }
    }

    /**
     * The prediction with what it is of.
     *
     * @param lateSeconds from now to when a first token is too late; infinite when it never is
     */
    Forecast forecast(Caller caller, Prediction prediction, double lateSeconds) {
        return new Forecast(demand, caller, prediction, lateSeconds);
    }

    /**
     * A backend gave a whole answer: what that teaches of its speed, and of what it has read. The lease is to be ended afterwards.
     *
     * @param timings what the backend said of it
     */
    public Findings answered(Lease lease, Timings timings) {
        Findings findings = lease.answered(timings);
        if (affinity == null || conversation == null) {
            return findings;
        }
        String backend = lease.backend().name();
        if (findings.cache() == Findings.Cache.MISSED) {
            affinity.forget(conversation, backend);
        }
        long prompt = timings.promptTokens() > 0
                ? timings.promptTokens()
                : lease.prediction().promptTokens();
        affinity.answered(conversation, backend, lease.memory(), prompt, timings.outputTokens());
        return findings;
    }
}

package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.fleet.RequestForecast;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.GenerationFindings;
import io.essaim.learn.Prediction;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How large a request is, and which backends are believed to have read the beginning of it. One per request, one thread. */
public final class PromptEstimate {
    private final RequestSize demand;
    private final @Nullable PrefixAffinity affinity;
    private final @Nullable ConversationPrefix conversation;
    private final List<PrefixAffinity.Reader> readers;

    private PromptEstimate(
            RequestSize demand, @Nullable PrefixAffinity affinity, @Nullable ConversationPrefix conversation) {
        this.demand = demand;
        this.affinity = affinity;
        this.conversation = conversation;
        this.readers = affinity == null || conversation == null ? List.of() : affinity.readers(conversation);
    }

    /** One that nobody could recognise. */
    public static PromptEstimate of(RequestSize demand) {
        return new PromptEstimate(demand, null, null);
    }

    /** @param conversation of {@code affinity}; its bytes are read now and not later */
    public static PromptEstimate of(RequestSize demand, PrefixAffinity affinity, ConversationPrefix conversation) {
        return new PromptEstimate(demand, affinity, conversation);
    }

    /** Names of the backends that are believed to have read its beginning, who read most first. */
    List<String> homes() {
        return readers.stream().map(PrefixAffinity.Reader::backend).toList();
    }

    /** What is to be expected of the request on this backend. */
    Prediction predict(Candidate candidate, @Nullable Integer context, long now) {
        Backend backend = candidate.backend();
        long cached = readers.isEmpty()
                ? 0
                : PrefixAffinity.tokens(readers, backend.name(), backend.generation(candidate.model()));
        return backend.predict(candidate.model(), context, demand, cached, now);
    }

    /** Whether its conversation is long enough to be told from others. */
    boolean recognisable() {
        return conversation != null && conversation.marks() > 0;
    }

    /** Whether its conversation begins with all of the other one's, which is one that can be told from others. */
    boolean goesOnFrom(PromptEstimate earlier) {
        return conversation != null && earlier.conversation != null && conversation.beginsWith(earlier.conversation);
    }

    /** The prediction for a request that is broken off with its first token, the proxy's own. */
    RequestForecast forecastOfReading(Prediction prediction) {
        RequestSize reading = new RequestSize(demand.bodyBytes(), demand.promptTokens(), 1, true);
        return new RequestForecast(reading, SlotOwner.PROXY, prediction);
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
    RequestForecast forecast(SlotOwner caller, Prediction prediction, double lateSeconds) {
        return new RequestForecast(demand, caller, prediction, lateSeconds);
    }

    /**
     * A backend gave a whole answer: what that teaches of its speed, and of what it has read. The lease is to be ended afterwards.
     *
     * @param timings what the backend said of it
     */
    public GenerationFindings answered(Lease lease, ReportedTimings timings) {
        GenerationFindings findings = lease.answered(timings);
        if (affinity == null || conversation == null) {
            return findings;
        }
        String backend = lease.backend().name();
        if (findings.cache() == GenerationFindings.Cache.MISSED) {
            affinity.forget(conversation, backend);
        }
        long prompt = timings.promptTokens() > 0
                ? timings.promptTokens()
                : lease.prediction().promptTokens();
        affinity.answered(conversation, backend, lease.memory(), prompt, timings.outputTokens());
        return findings;
    }
}

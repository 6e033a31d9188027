package io.essaim.benchmarks.simulate;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One turn of a conversation: what it asks for, and what became of it. It ends exactly once. */
final class Request {
    final long conversation;
    final int turn;
    final int model;
    final int promptTokens;
    final int outputTokens;
    final double arrivedAt;
    final Set<Host> tried = new LinkedHashSet<>(4);
    private double firstTokenAt = Double.NaN;
    private double endedAt = Double.NaN;
    private @Nullable End end;
    private boolean onCloud;
    private int cached;

    /** How a request ends. */
    enum End {
        ANSWERED,
        /** Its answer broke off after the first token. */
        BROKEN,
        /** Nobody could take it, or all who were asked failed. */
        REFUSED,
        /** The client lost patience before the first token. */
        LEFT
    }

    Request(Conversation of, int turn, int promptTokens, int outputTokens, double arrivedAt) {
        this(of.id, turn, of.model, promptTokens, outputTokens, arrivedAt);
    }

    private Request(long conversation, int turn, int model, int promptTokens, int outputTokens, double arrivedAt) {
        this.conversation = conversation;
        this.model = model;
        this.turn = turn;
        this.promptTokens = promptTokens;
        this.outputTokens = outputTokens;
        this.arrivedAt = arrivedAt;
    }

    /** Of nobody's conversation, and beginning like no other. */
    static Request unheard(int model, int promptTokens, int outputTokens, double now) {
        return new Request(-1 - Math.round(1e9 * now), 1, model, promptTokens, outputTokens, now);
    }

    /** The proxy's own request for the same prompt, which nobody wants an answer to. */
    Request aloud(double now) {
        return new Request(conversation, turn, model, promptTokens, 1, now);
    }

    void began(double now) {
        firstTokenAt = now;
    }

    boolean begun() {
        return !Double.isNaN(firstTokenAt);
    }

    void servedBy(Job job, Host host) {
        cached = job.cached;
        onCloud = host.spec().cloud();
    }

    void end(End how, double now) {
        if (end != null) {
            throw new IllegalStateException("ended twice: " + end + ", then " + how);
        }
        end = how;
        endedAt = now;
    }

    /** Null while it is under way. */
    @Nullable
    End end() {
        return end;
    }

    boolean answered() {
        return end == End.ANSWERED;
    }

    /** Seconds from the client's question to the first token; NaN when there was none. */
    double ttft() {
        return firstTokenAt - arrivedAt;
    }

    /** Seconds from the client's question to its end, good or bad. */
    double total() {
        return endedAt - arrivedAt;
    }

    /** Seconds per token after the first. */
    double tpot() {
        return (endedAt - firstTokenAt) / Math.max(1, outputTokens - 1);
    }

    int cachedTokens() {
        return cached;
    }

    boolean onCloud() {
        return onCloud;
    }
}

package io.essaim.benchmarks.compare;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Many long paced streams at once, opened little by little. Every one of them is counted to its end. Lives on one event loop. */
final class StreamLoad implements Conversation.Listener {

    private final Dialer dialer;
    private final int streams;
    private final int tokens;
    private final Set<Conversation> open = new HashSet<>();
    private final Failures failures = new Failures();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private int underWay;
    private int exact;
    private long lines;

    StreamLoad(Dialer dialer, int streams, int tokens) {
        this.dialer = dialer;
        this.streams = streams;
        this.tokens = tokens;
    }

    /** Spreads the first questions over that time. */
    void open(long rampMillis) {
        for (int i = 0; i < streams; i++) {
            long delay = TimeUnit.MILLISECONDS.toMicros(rampMillis) * i / streams;
            var unused = dialer.loop().schedule(this::openOne, delay, TimeUnit.MICROSECONDS);
        }
    }

    /** Completes when every stream has its first token, or one has failed. */
    CompletableFuture<Void> started() {
        return started;
    }

    /** Completes when every stream is over. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** Lines received so far, over all streams. */
    long lines() {
        return lines;
    }

    /** Ends what is still open as a failure, and tells how the streams went. */
    Message report() {
        for (Conversation conversation : Set.copyOf(open)) {
            ended(conversation, "not over in time");
        }
        for (int missing = exact + failures.count(); missing < streams; missing++) {
            failures.add("never opened");
        }
        return new Message(
                "ok",
                Map.of(
                        "exact", Integer.toString(exact),
                        "failed", Integer.toString(failures.count()),
                        "lines", Long.toString(lines),
                        "detail", failures.toString()));
    }

    @Override
    public void ready(Conversation conversation) {
        conversation.ask();
    }

    @Override
    public void firstLine(long nanos) {
        oneMoreUnderWay();
    }

    @Override
    public void lines(int count) {
        lines += count;
    }

    @Override
    public void ended(Conversation conversation, @Nullable String failure) {
        if (!open.remove(conversation)) {
            return;
        }
        conversation.close();
        if (failure == null) {
            exact++;
        } else {
            failures.add(failure);
            started.complete(null);
        }
        if (exact + failures.count() == streams) {
            ended.complete(null);
        }
    }

    private void openOne() {
        Conversation conversation = new Conversation(this, tokens);
        open.add(conversation);
        dialer.dial(conversation, this);
    }

    private void oneMoreUnderWay() {
        underWay++;
        if (underWay == streams) {
            started.complete(null);
        }
    }
}

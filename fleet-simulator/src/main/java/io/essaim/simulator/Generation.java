package io.essaim.simulator;

import io.netty.util.concurrent.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of a model: waits for a runner, then for a slot, reads the part of the prompt that the slot does not hold, writes token by
 * token. Each step begins at the simulated instant at which the one before ended. Leaving frees what it holds at once.
 */
final class Generation implements Scheduler.Taker, SlotUser {
    private final Host host;
    private final Work work;
    private final int[] promptTokens;
    private final AnswerSink sink;
    private final Runnable breakOff;
    private final Wounds wounds;
    private final StopWords stopWords;
    private final long arrived;
    private final Scheduler.Ticket ticket;

    private @Nullable Runner runner;
    private @Nullable Slot slot;
    private @Nullable Future<?> timer;
    private long loadNanos;
    private long promptNanos;
    private long firstTokenAt;
    private long nextAt;
    private int written;
    private final StringBuilder text = new StringBuilder();
    private String lastToken = "";
    private int repeats;
    private boolean over;

    /**
     * What to run.
     *
     * @param lateRefusal what the runner will refuse once it has the request, or null
     */
    record Work(
            StoredModel model,
            Options options,
            @Nullable Long keepAlive,
            Tokens prompt,
            TokenFeed feed,
            boolean empty,
            boolean shift,
            int logprobs,
            @Nullable Refusal refusalOnLoad,
            @Nullable Refusal lateRefusal) {}

    /** {@code breakOff} ends the exchange as a wound of the connection demands; {@code wounds} tell when. */
    Generation(Host host, Work work, AnswerSink sink, Wounds wounds, Runnable breakOff) {
        this.host = host;
        this.work = work;
        this.promptTokens = work.prompt.toArray();
        this.sink = sink;
        this.wounds = wounds;
        this.breakOff = breakOff;
        this.stopWords = new StopWords(work.options.stop());
        this.arrived = host.clock().now();
        this.ticket = new Scheduler.Ticket(work.model, work.options.runner(), work.keepAlive, this);
    }

    void start() {
        // The server looks up the model and its runner first: what a warm load_duration consists of.
        long due = arrived + host.lookupNanos();
        timer = host.clock().at(due, () -> host.scheduler().request(ticket, due));
    }

    /** The client has left. */
    void cancel() {
        if (over) {
            return;
        }
        over = true;
        stopTimer();
        if (runner == null) {
            host.scheduler().cancel(ticket);
        } else if (slot == null) {
            runner.withdraw(this);
            host.stats().waiting--;
            host.scheduler().release(runner, host.clock().now());
        } else {
            host.stats().generationsCancelled++;
            freeSlot(host.clock().now());
        }
    }

    @Override
    public int[] promptTokens() {
        return promptTokens;
    }

    @Override
    public void granted(Runner loaded, long now) {
        runner = loaded;
        loadNanos = now - arrived;
        Refusal early = work.refusalOnLoad;
        if (work.empty || early != null) {
            over = true;
            host.scheduler().release(loaded, now);
            if (early != null) {
                sink.refuse(early);
            } else {
                sink.idle("load");
            }
            return;
        }
        Refusal late = work.lateRefusal;
        if (late != null) {
            over = true;
            host.scheduler().release(loaded, now);
            sink.fail(late);
            return;
        }
        host.stats().waiting++;
        loaded.enqueue(this, now);
    }

    @Override
    public void refused(Refusal refusal) {
        over = true;
        sink.refuse(refusal);
    }

    @Override
    public void slotGranted(Slot granted, long now) {
        slot = granted;
        host.stats().waiting--;
        host.stats().generationsStarted++;
        // At least the last token is read again, as the runner of 0.15.2 does.
        int cached = Math.min(granted.commonPrefix(promptTokens), Math.max(0, promptTokens.length - 1));
        promptNanos = (long) ((promptTokens.length - cached)
                / host.profile().speed().promptTokensPerSecond()
                * 1e9
                * wounds.slowdown());
        firstTokenAt = now + promptNanos;
        nextAt = firstTokenAt;
        timer = host.clock().at(nextAt, this::tick);
    }

    /** Writes every token that is due: more than one where the timer was late. */
    private void tick() {
        long now = host.clock().now();
        do {
            writeOne();
            if (over || wounds.isStalled()) {
                return;
            }
            nextAt += tokenNanos();
        } while (nextAt <= now);
        timer = host.clock().at(nextAt, this::tick);
    }

    private long tokenNanos() {
        HostProfile.Speed speed = host.profile().speed();
        int others = runner == null ? 0 : Math.max(0, runner.busySlots() - 1);
        return (long) (1e9 / speed.tokensPerSecond() * (1 + speed.contention() * others) * wounds.slowdown());
    }

    private void writeOne() {
        if (strike()) {
            return;
        }
        TokenFeed.Piece piece = work.feed.next();
        written++;
        if (piece == null) {
            emit(stopWords.flush(), false, null);
            finish("stop");
            return;
        }
        if (isStuck(piece)) {
            endWithoutDone();
            return;
        }
        boolean thinking = piece.kind() == TokenFeed.Kind.THINKING;
        if (piece.kind() == TokenFeed.Kind.TEXT) {
            text.append(piece.text());
            emit(stopWords.accept(piece.text()), false, piece);
        } else if (thinking) {
            emit(piece.text(), true, piece);
        } else if (piece.call() != null) {
            sink.toolCall(piece.call());
        }
        if (stopWords.isFound()) {
            finish("stop");
        } else if (written == limit()) {
            emit(stopWords.flush(), false, null);
            finish("length");
        }
    }

    private void emit(String text, boolean thinking, TokenFeed.@Nullable Piece piece) {
        boolean wanted = work.logprobs >= 0 && piece != null;
        if (!text.isEmpty() || wanted) {
            List<?> logprobs = wanted && piece != null ? Logprobs.of(piece.text(), written, work.logprobs) : null;
            sink.text(text, thinking, logprobs);
        }
    }

    /** More than 30 equal tokens in a row end the answer without a done line (0.15.2 llm/server.go). */
    private boolean isStuck(TokenFeed.Piece piece) {
        String token = piece.text().strip();
        if (piece.kind() == TokenFeed.Kind.SILENT || !token.equals(lastToken)) {
            lastToken = token;
            repeats = 0;
            return false;
        }
        return ++repeats > 30;
    }

    private int limit() {
        int context = work.options.runner().numCtx();
        int byContext = work.shift ? Integer.MAX_VALUE : Math.max(1, context - promptTokens.length + 1);
        int asked = work.options.numPredict();
        // 0 is no limit; without one the server stops at ten contexts.
        return Math.min(byContext, asked > 0 ? asked : (int) Math.min(Integer.MAX_VALUE, 10L * context));
    }

    /** Returns whether this token falls to a fault. */
    private boolean strike() {
        switch (wounds.at(written)) {
            case NONE:
                return false;
            case STALL:
                return true;
            case MALFORM:
                sink.malform();
                return false;
            case FAIL:
                leaveSlot();
                sink.fail(new Refusal(500, Refusal.RUNNER_DIED_WRITING));
                return true;
            case END:
                endWithoutDone();
                return true;
            default:
                leaveSlot();
                breakOff.run();
                return true;
        }
    }

    private void endWithoutDone() {
        leaveSlot();
        sink.endWithoutDone();
    }

    private void finish(String reason) {
        Counters counters = new Counters(
                nextAt - arrived, loadNanos, promptTokens.length, promptNanos, written, nextAt - firstTokenAt);
        over = true;
        host.stats().generationsFinished++;
        freeSlot(nextAt);
        sink.done(reason, counters, conversation());
    }

    private void leaveSlot() {
        over = true;
        host.stats().generationsCancelled++;
        freeSlot(nextAt);
    }

    /** The prompt and the answer as the next turn's prompt will spell them: what the slot holds afterwards. */
    private int[] conversation() {
        return new Tokens().addAll(promptTokens).add(text.toString()).toArray();
    }

    private void freeSlot(long now) {
        stopTimer();
        Slot held = slot;
        Runner used = runner;
        if (held != null && used != null) {
            slot = null;
            used.free(held, conversation(), now);
            host.scheduler().release(used, now);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}

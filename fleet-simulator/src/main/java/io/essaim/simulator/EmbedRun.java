package io.essaim.simulator;

import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One embedding request: waits for a runner and a slot, takes as long as its tokens take to read, answers whole. */
final class EmbedRun implements Scheduler.Taker, SlotUser {
    /** Each input is framed by two special tokens. */
    private static final int FRAMING = 2;

    private final Host host;
    private final Exchange exchange;
    private final Embeddings.Read read;
    private final Target target;
    private final long arrived;
    private final Scheduler.Ticket ticket;
    private @Nullable Runner runner;
    private @Nullable Slot slot;
    private @Nullable Future<?> timer;
    private long loadNanos;
    private int tokens;
    private boolean over;

    /** What runs it and how refusals are worded. */
    record Target(
            StoredModel model, Options options, @Nullable Long keepAlive, Envelope envelope) {}

    EmbedRun(Host host, Exchange exchange, Embeddings.Read read, Target target) {
        this.host = host;
        this.exchange = exchange;
        this.read = read;
        this.target = target;
        this.arrived = host.clock().now();
        this.ticket = new Scheduler.Ticket(target.model, target.options.runner(), target.keepAlive, this);
    }

    void start() {
        long due = arrived + host.lookupNanos();
        timer = host.clock().at(due, () -> host.scheduler().request(ticket, due));
    }

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
            free(host.clock().now());
        }
    }

    @Override
    public int[] promptTokens() {
        return new int[0];
    }

    @Override
    public void granted(Runner loaded, long now) {
        runner = loaded;
        loadNanos = now - arrived;
        Refusal tooLong = count();
        if (tooLong != null || read.inputs().isEmpty()) {
            over = true;
            host.scheduler().release(loaded, now);
            if (tooLong != null) {
                target.envelope.inner(exchange, tooLong);
            } else {
                answer(Counters.NONE);
            }
            return;
        }
        host.stats().waiting++;
        loaded.enqueue(this, now);
    }

    @Override
    public void refused(Refusal refusal) {
        over = true;
        target.envelope.inner(exchange, refusal);
    }

    @Override
    public void slotGranted(Slot granted, long now) {
        slot = granted;
        host.stats().waiting--;
        double slowdown = new Wounds(exchange.fault()).slowdown();
        long nanos = (long) (tokens / host.profile().speed().promptTokensPerSecond() * 1e9 * slowdown);
        long due = now + nanos;
        timer = host.clock().at(due, () -> finish(due, nanos));
    }

    private void finish(long due, long nanos) {
        over = true;
        free(due);
        answer(new Counters(due - arrived, loadNanos, tokens, nanos, 0, 0));
    }

    private void answer(Counters counters) {
        Embeddings.answer(exchange, read, target.model.spec().embeddingLength(), counters);
    }

    /** Counts the tokens; inputs beyond the context are cut, unless the request or the old route forbids it. */
    private @Nullable Refusal count() {
        int context = target.options.runner().numCtx();
        boolean truncate = read.json().bool("truncate", true);
        for (String input : read.inputs()) {
            int size = new Tokens().add(input).size() + FRAMING;
            if (size > context && read.route() == Route.EMBEDDINGS) {
                return new Refusal(500, "the input length exceeds the context length");
            }
            if (size > context && !truncate) {
                return new Refusal(400, "the input length exceeds the context length");
            }
            tokens += Math.min(size, context);
        }
        return null;
    }

    private void free(long now) {
        stopTimer();
        Slot held = slot;
        Runner used = runner;
        if (held != null && used != null) {
            slot = null;
            used.free(held, new int[0], now);
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

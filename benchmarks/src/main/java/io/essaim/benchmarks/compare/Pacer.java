package io.essaim.benchmarks.compare;

import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The clock of all paced streams. Each stream sits in one of 200 buckets, and the buckets take turns, one each 0.1 ms: so each stream gets a token
 * every 20 ms, and tokens come one by one, as they do from a fleet, not in bursts that any proxy would relay at half the price.
 *
 * <p>The timer is set to the next bucket with streams in it: an idle backend is silent. A late turn is made up for at once, so that the rate holds.
 * Lives on one event loop.
 */
final class Pacer {

    /** One stream under way. */
    interface Stream {
        /** Sends what is due now; false once there is nothing left to send. */
        boolean send();
    }

    static final int BUCKETS = 200;
    static final long TURN_NANOS = Wire.TOKEN_INTERVAL_NANOS / BUCKETS;

    /** Near the golden section of 200 and coprime to it: any number of streams is spread evenly. */
    private static final int STRIDE = 123;

    private final EventExecutor loop;
    private final LongSupplier clock;
    private final List<List<Stream>> buckets = new ArrayList<>(BUCKETS);
    private int fresh;
    private int turn;
    private int streams;
    private long turnDue;

    /** The clock gives nanoseconds, like {@link System#nanoTime()}. */
    Pacer(EventExecutor loop, LongSupplier clock) {
        this.loop = loop;
        this.clock = clock;
        for (int i = 0; i < BUCKETS; i++) {
            buckets.add(new ArrayList<>());
        }
    }

    void add(Stream stream) {
        buckets.get(fresh).add(stream);
        fresh = (fresh + STRIDE) % BUCKETS;
        streams++;
        if (streams == 1) {
            turnDue = clock.getAsLong() + TURN_NANOS;
            awaitNextTurn();
        }
    }

    private void takeTurns() {
        while (streams > 0 && turnDue - clock.getAsLong() <= 0) {
            sendAll(buckets.get(turn));
            pass();
        }
        if (streams > 0) {
            awaitNextTurn();
        }
    }

    /** Skips empty buckets. A stream that is then added to one of these waits for the next round: once, before its second token. */
    private void awaitNextTurn() {
        while (buckets.get(turn).isEmpty()) {
            pass();
        }
        var unused = loop.schedule(this::takeTurns, turnDue - clock.getAsLong(), TimeUnit.NANOSECONDS);
    }

    private void pass() {
        turn = (turn + 1) % BUCKETS;
        turnDue += TURN_NANOS;
    }

    private void sendAll(List<Stream> due) {
        for (int i = due.size() - 1; i >= 0; i--) {
            if (!due.get(i).send()) {
                Stream last = due.remove(due.size() - 1);
                if (i < due.size()) {
                    due.set(i, last);
                }
                streams--;
            }
        }
    }
}

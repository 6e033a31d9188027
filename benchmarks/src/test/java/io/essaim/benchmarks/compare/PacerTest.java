package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PacerTest {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Pacer pacer = new Pacer(channel.eventLoop(), this::now);
    private final List<Long> sentAt = new ArrayList<>();
    private long now;

    @BeforeEach
    void stopTheClock() {
        channel.freezeTime();
    }

    @Test
    void spreadsManyStreamsOverTheInterval() {
        for (int i = 0; i < 2 * Pacer.BUCKETS; i++) {
            pacer.add(this::send);
        }
        advance(Wire.TOKEN_INTERVAL_NANOS);
        assertThat(sentAt).hasSize(2 * Pacer.BUCKETS);
        assertThat(sentAt.stream().distinct()).hasSize(Pacer.BUCKETS);
    }

    @Test
    void keepsTheIntervalOfEachStream() {
        pacer.add(this::send);
        advance(3 * Wire.TOKEN_INTERVAL_NANOS);
        assertThat(sentAt).hasSize(3);
        assertThat(sentAt.get(2) - sentAt.get(1)).isEqualTo(Wire.TOKEN_INTERVAL_NANOS);
    }

    @Test
    void makesUpForALateTurn() {
        pacer.add(this::send);
        now += 3 * Wire.TOKEN_INTERVAL_NANOS;
        channel.advanceTimeBy(3 * Wire.TOKEN_INTERVAL_NANOS, TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
        assertThat(sentAt).hasSize(3);
    }

    @Test
    void isSilentWithoutStreams() {
        pacer.add(() -> false);
        advance(Wire.TOKEN_INTERVAL_NANOS);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        pacer.add(this::send);
        advance(Wire.TOKEN_INTERVAL_NANOS);
        assertThat(sentAt).hasSize(1);
    }

    private boolean send() {
        sentAt.add(now);
        return true;
    }

    private long now() {
        return now;
    }

    private void advance(long nanos) {
        for (long done = 0; done < nanos; done += Pacer.TURN_NANOS) {
            now += Pacer.TURN_NANOS;
            channel.advanceTimeBy(Pacer.TURN_NANOS, TimeUnit.NANOSECONDS);
            channel.runScheduledPendingTasks();
        }
    }
}

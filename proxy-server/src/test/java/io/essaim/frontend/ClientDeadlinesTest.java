package io.essaim.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Timeouts;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that are slow on purpose run into an end that they cannot move. */
class ClientDeadlinesTest {
    private final ClientDeadlines deadlines = new ClientDeadlines(0, Timeouts.DEFAULTS);

    private static long s(double seconds) {
        return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void aHeadThatDrips_hasTenSecondsInAll() {
        for (int second = 1; second <= 10; second++) {
            deadlines.headBegins(s(second));
        }
        assertThat(deadlines.headLate(s(10.9))).isFalse();
        assertThat(deadlines.headLate(s(11.1))).isTrue();
    }

    @Test
    void aBodyThatDrips_fallsBelowTheLeastRate() {
        deadlines.bodyBegins(s(1));
        deadlines.bodyReceived(5, s(1));
        assertThat(deadlines.bodyLate(s(5.9))).as("within the grace").isFalse();
        deadlines.bodyReceived(10, s(5.9));
        assertThat(deadlines.bodyLate(s(7.1))).isTrue();
    }

    @Test
    void aBodyThatComesAtTheLeastRate_isNeverLate() {
        deadlines.bodyBegins(0);
        for (int second = 1; second < 3600; second++) {
            deadlines.bodyReceived(1024L * second, s(second));
            assertThat(deadlines.bodyLate(s(second))).as("after %d s", second).isFalse();
        }
    }

    @Test
    void aBodyThatStopsComing_isLate_howeverMuchCameBefore() {
        deadlines.bodyBegins(0);
        deadlines.bodyReceived(60 << 20, s(1));
        assertThat(deadlines.bodyLate(s(11))).isFalse();
        assertThat(deadlines.bodyLate(s(11.1))).isTrue();
        deadlines.bodyReceived((60 << 20) + 1, s(11));
        assertThat(deadlines.bodyLate(s(21))).isFalse();
    }

    @Test
    void aBodyThatWaitsForRoom_isNotTheClientsFault_andWaitsTwoSeconds() {
        deadlines.bodyBegins(0);
        deadlines.bodyReceived(2048, s(4));
        assertThat(deadlines.roomAwaited(s(4))).isFalse();
        assertThat(deadlines.bodyLate(s(100))).isFalse();
        assertThat(deadlines.roomAwaited(s(6))).isTrue();
        deadlines.bodyReceived(2048, s(100));
        assertThat(deadlines.waitsForRoom()).isFalse();
        assertThat(deadlines.bodyLate(s(101))).isFalse();
    }

    @Test
    void aLargeBodyThatDrips_yieldsItsRoom_andOneThatGoesOnDoesNot() {
        deadlines.bodyBegins(0);
        deadlines.bodyReceived(60 << 20, s(1));
        for (int second = 2; second <= 11; second++) {
            deadlines.bodyReceived((60 << 20) + second, s(second));
            assertThat(deadlines.yieldsRoom(60 << 20, s(second))).isFalse();
        }
        assertThat(deadlines.yieldsRoom(60 << 20, s(11.1))).isTrue();
        assertThat(deadlines.bodyLate(s(11.1)))
                .as("as long as nobody needs its room")
                .isFalse();
        deadlines.bodyBegins(0);
        for (int second = 1; second <= 600; second++) {
            deadlines.bodyReceived(second * 70L * 1024, s(second));
            assertThat(deadlines.yieldsRoom(60 << 20, s(second))).isFalse();
        }
    }

    @Test
    void aSmallBody_keepsItsRoom() {
        deadlines.bodyBegins(0);
        deadlines.bodyReceived(64 * 1024, s(1));
        assertThat(deadlines.yieldsRoom(64 * 1024, s(60))).isFalse();
    }

    @Test
    void anIdleConnection_livesNinetySeconds() {
        deadlines.idleBegins(s(5));
        assertThat(deadlines.idleLate(s(94))).isFalse();
        assertThat(deadlines.idleLate(s(96))).isTrue();
    }
}

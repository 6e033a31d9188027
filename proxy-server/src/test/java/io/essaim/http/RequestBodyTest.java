package io.essaim.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How a body grows, and what it takes of the budget. */
class RequestBodyTest {
    private static final int MIB = 1 << 20;

    private final BodyBudget budget = new BodyBudget(8 * MIB);

    private static ByteBuf some(int bytes) {
        byte[] all = new byte[bytes];
        Arrays.fill(all, (byte) 'x');
        return Unpooled.wrappedBuffer(all);
    }

    @Test
    void aDeclaredLengthTakesNothingBeforeBytesCome_andInTheEndJustThatMuch() throws BadMessage {
        RequestBody body = new RequestBody(budget, 3 * MIB, 4 * MIB);
        assertThat(budget.used()).isZero();
        assertThat(body.take(some(10))).isTrue();
        assertThat(budget.used()).isLessThanOrEqualTo(16 * 1024);
        for (int left = 3 * MIB - 10; left > 0; left -= 64 * 1024) {
            assertThat(body.take(some(Math.min(left, 64 * 1024)))).isTrue();
        }
        assertThat(body.whole()).isTrue();
        ByteBuf whole = body.take();
        assertThat(budget.used()).isEqualTo(3 * MIB);
        assertThat(BodyBudget.bytesOf(whole)).isSameAs(whole.array()).hasSize(3 * MIB);
        ByteBuf slice = whole.retainedSlice(0, 10);
        whole.release();
        assertThat(budget.used()).isEqualTo(3 * MIB);
        slice.release();
        assertThat(budget.used()).isZero();
    }

    @Test
    void growingCopiesLessThanTwiceTheBody() throws BadMessage {
        long before = allocated();
        RequestBody body = new RequestBody(new BodyBudget(1L << 40), 64 * MIB, 64 * MIB);
        ByteBuf piece = some(64 * 1024);
        while (!body.whole()) {
            assertThat(body.take(piece.duplicate())).isTrue();
        }
        body.release();
        assertThat(allocated() - before).isLessThan(3L * 64 * MIB);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    @Test
    void withoutRoomNothingIsTaken_andItGoesOnWhenThereIsSome() throws BadMessage {
        assertThat(budget.take(8 * MIB)).isTrue();
        RequestBody body = new RequestBody(budget, 100, 1000);
        ByteBuf in = some(100);
        assertThat(body.take(in)).isFalse();
        assertThat(in.readableBytes()).isEqualTo(100);
        assertThat(budget.scarce()).isTrue();
        RequestBody other = new RequestBody(budget, 100, 1000);
        assertThat(other.take(in)).isFalse();
        other.release();
        assertThat(budget.scarce()).isTrue();
        budget.give(8 * MIB);
        assertThat(body.take(in)).isTrue();
        assertThat(budget.scarce()).isFalse();
        assertThat(body.whole()).isTrue();
        body.take().release();
        assertThat(budget.used()).isZero();
    }

    @Test
    void bodiesThatComeTogether_doNotWaitForOneAnother() throws BadMessage {
        RequestBody[] bodies = new RequestBody[4];
        Arrays.setAll(bodies, i -> new RequestBody(budget, 3 * MIB, 4 * MIB));
        int whole = 0;
        for (int rounds = 0; rounds < 1000 && whole < bodies.length; rounds++) {
            for (int i = 0; i < bodies.length; i++) {
                RequestBody body = bodies[i];
                if (body != null && body.take(some(16 * 1024)) && body.whole()) {
                    bodies[i] = null;
                    body.take().release(); // It is answered.
                    whole++;
                }
            }
        }
        assertThat(whole).isEqualTo(bodies.length);
        assertThat(budget.used()).isZero();
    }

    @Test
    void ofSeveralThatHoldRoom_oneAtATimeGivesUp() {
        assertThat(budget.givesUp(1_000_000_000)).isTrue();
        assertThat(budget.givesUp(1_001_000_000)).isFalse();
        assertThat(budget.givesUp(1_400_000_000)).isTrue();
    }

    @Test
    void chunksAreGathered_whereverTheyAreCut() throws BadMessage {
        long seed = System.nanoTime();
        Random chance = new Random(seed);
        for (int round = 0; round < 200; round++) {
            StringBuilder wire = new StringBuilder();
            StringBuilder said = new StringBuilder();
            for (int i = chance.nextInt(5); i >= 0; i--) {
                String piece = "y".repeat(1 + chance.nextInt(40_000));
                wire.append(Integer.toHexString(piece.length()))
                        .append("\r\n")
                        .append(piece)
                        .append("\r\n");
                said.append(piece);
            }
            wire.append("0\r\n\r\n");
            RequestBody body = new RequestBody(budget, -1, MIB);
            int at = 0;
            while (!body.whole()) {
                int to = Math.min(wire.length(), at + 1 + chance.nextInt(30_000));
                assertThat(body.take(Unpooled.copiedBuffer(wire.substring(at, to), StandardCharsets.US_ASCII)))
                        .isTrue();
                at = to;
            }
            ByteBuf whole = body.take();
            assertThat(whole.toString(StandardCharsets.US_ASCII))
                    .as("seed %s", seed)
                    .isEqualTo(said.toString());
            whole.release();
            assertThat(budget.used()).as("seed %s", seed).isZero();
        }
    }

    @Test
    void chunksBeyondTheLimitAreRefused() {
        RequestBody body = new RequestBody(budget, -1, 10);
        assertThatThrownBy(() -> body.take(Unpooled.copiedBuffer("b\r\nyyyyyyyyyyy\r\n", StandardCharsets.US_ASCII)))
                .isInstanceOf(BadMessage.class)
                .hasFieldOrPropertyWithValue("status", 413);
        body.release();
        assertThat(budget.used()).isZero();
    }
}

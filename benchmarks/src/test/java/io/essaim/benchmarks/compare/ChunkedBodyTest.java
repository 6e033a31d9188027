package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedBodyTest {

    private static final String WIRE = "5\r\nhello\r\n1;why=not\r\n \r\nA\r\nswarm12345\r\n0\r\nTrailer: yes\r\n\r\n";

    private final StringBuilder seen = new StringBuilder();
    private final ChunkedBody body = new ChunkedBody();

    @Test
    void readsTheSameWhereverTheBytesAreCut() {
        for (int first = 0; first <= WIRE.length(); first++) {
            for (int second = first; second <= WIRE.length(); second++) {
                seen.setLength(0);
                boolean early = read(WIRE.substring(0, first)) || read(WIRE.substring(first, second));
                boolean complete = early || read(WIRE.substring(second));
                assertThat(complete).isTrue();
                assertThat(seen).hasToString("hello swarm12345");
            }
        }
    }

    @Test
    void leavesWhatFollowsTheEnd() {
        ByteBuf in = Unpooled.copiedBuffer("0\r\n\r\nHTTP/1.1 200 OK", US_ASCII);
        assertThat(body.read(in, this::append)).isTrue();
        assertThat(in.toString(US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\r\n", "\r\n", "5\r\nhello0\r\n", "5\rx", "fffffff\r\n", "0\r\n\rx"})
    void refusesWhatIsNoChunk(String wire) {
        assertThatThrownBy(() -> read(wire)).isInstanceOf(IllegalStateException.class);
    }

    private boolean read(String wire) {
        return body.read(Unpooled.copiedBuffer(wire, US_ASCII), this::append);
    }

    private void append(ByteBuf buffer, int index, int length) {
        seen.append(buffer.toString(index, length, US_ASCII));
    }
}

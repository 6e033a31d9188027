package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class AnswerReaderTest {

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nserver: nginx\r\ntransfer-encoding: chunked\r\nContent-Type: application/x-ndjson\r\n\r\n";

    private final AnswerReader answer = new AnswerReader();

    @Test
    void acceptsExactlyWhatWasSentEvenInOtherChunks() {
        String joined = Wire.TOKEN_LINE + Wire.TOKEN_LINE + Wire.doneLine(2);
        String middle = joined.substring(40);
        assertThat(read(HEAD + chunk(joined.substring(0, 40)))).isFalse();
        assertThat(answer.lines()).isZero();
        assertThat(read(chunk(middle))).isFalse();
        assertThat(answer.lines()).isEqualTo(3);
        assertThat(read("0\r\n\r\n")).isTrue();
        assertThat(answer.mismatch(2)).isNull();
    }

    @Test
    void namesALostToken() {
        assertThat(read(HEAD + chunk(Wire.TOKEN_LINE) + chunk(Wire.doneLine(2)) + "0\r\n\r\n"))
                .isTrue();
        assertThat(answer.mismatch(2)).startsWith("got 2 lines of 3 and");
    }

    @Test
    void namesALostByte() {
        assertThat(read(HEAD + chunk(Wire.TOKEN_LINE.substring(1)) + chunk(Wire.doneLine(1)) + "0\r\n\r\n"))
                .isTrue();
        assertThat(answer.mismatch(1)).startsWith("got 2 lines of 2 and").contains("bytes of");
    }

    @Test
    void readsTheNextAnswerAfterReset() {
        read(HEAD + chunk(Wire.TOKEN_LINE));
        answer.reset();
        assertThat(read(HEAD + chunk(Wire.TOKEN_LINE) + chunk(Wire.doneLine(1)) + "0\r\n\r\n"))
                .isTrue();
        assertThat(answer.mismatch(1)).isNull();
    }

    @Test
    void refusesAnErrorAndABodyOfKnownLength() {
        assertThatThrownBy(() -> read("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
                .hasMessage("answered HTTP/1.1 503 Service Unavailable");
        answer.reset();
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
                .hasMessageContaining("not in chunks");
    }

    private boolean read(String wire) {
        return answer.read(Unpooled.wrappedBuffer(Wire.bytes(wire)));
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }
}

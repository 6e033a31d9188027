package io.essaim.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks are walked over in place: the payload is seen, the bytes go on, however they arrive. */
class ChunkParserTest {
    private static final int LAST_CHUNK = "0\r\n\r\n".length();

    private static final class Gathered implements ChunkParser.Sink {
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

        @Override
        public void payload(ByteBuf in, int index, int length) {
            byte[] bytes = new byte[length];
            in.getBytes(index, bytes);
            payload.writeBytes(bytes);
        }

        @Override
        public void forward(ByteBuf in, int from, int to) {
            byte[] bytes = new byte[to - from];
            in.getBytes(from, bytes);
            wire.writeBytes(bytes);
        }

        @Override
        public void literal(byte[] bytes) {
            wire.writeBytes(bytes);
        }
    }

    @Test
    void anyCutting_givesTheSamePayload_andTheSameBytes() throws Exception {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            byte[] payload = new byte[random.nextInt(200)];
            random.nextBytes(payload);
            byte[] wire = chunked(payload, random);
            byte[] next = "HTTP/1.1 200 OK".getBytes(StandardCharsets.US_ASCII);
            Gathered gathered = new Gathered();
            ChunkParser walker = new ChunkParser();
            boolean done = false;
            int at = 0;
            while (at < wire.length) {
                int n = 1 + random.nextInt(Math.min(20, wire.length - at));
                boolean last = at + n == wire.length;
                ByteBuf in = last
                        ? Unpooled.copiedBuffer(java.util.Arrays.copyOfRange(wire, at, at + n), next)
                        : Unpooled.copiedBuffer(wire, at, n);
                done = walker.walk(in, gathered);
                assertThat(done).as("seed %d at %d", seed, at).isEqualTo(last);
                assertThat(in.readableBytes()).as("seed %d", seed).isEqualTo(last ? next.length : 0);
                at += n;
            }
            assertThat(done).as("seed %d", seed).isTrue();
            assertThat(gathered.payload.toByteArray()).as("seed %d", seed).isEqualTo(payload);
            assertThat(gathered.wire.toByteArray())
                    .as(
                            "seed %d: all but the last chunk, which is not sent before the stream is known to be whole",
                            seed)
                    .isEqualTo(java.util.Arrays.copyOf(wire, wire.length - LAST_CHUNK));
        }
    }

    private static byte[] chunked(byte[] payload, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        while (at < payload.length) {
            int n = 1 + random.nextInt(payload.length - at);
            out.writeBytes((Integer.toHexString(n) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(payload, at, n);
            out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
            at += n;
        }
        out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                "5\nhello\r\n",
                "zz\r\n",
                "-1\r\n",
                "+5\r\nhello\r\n",
                "0x5\r\nhello\r\n",
                " 5\r\nhello\r\n",
                "5\r\nhelloXX",
                "5\r\nhello\n0\r\n\r\n",
                "FFFFFFFFFFFFFFFFF\r\n",
                "5\r\rhello",
                "5;a\nb\r\nhello\r\n",
                "0\r\n\n",
                "0\r\nX\r\n\r\n",
                "1\r\na\rb"
            })
    void badFraming_isRefused_wholeAndByteByByte(String wire) {
        byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> new ChunkParser().walk(Unpooled.wrappedBuffer(bytes), new Gathered()))
                .as("whole")
                .isInstanceOf(BadMessage.class);
        ChunkParser walker = new ChunkParser();
        assertThatThrownBy(() -> {
                    for (byte b : bytes) {
                        walker.walk(Unpooled.wrappedBuffer(new byte[] {b}), new Gathered());
                    }
                })
                .as("byte by byte")
                .isInstanceOf(BadMessage.class);
    }
}

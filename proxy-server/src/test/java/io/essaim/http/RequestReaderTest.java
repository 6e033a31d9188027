package io.essaim.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Our reader against Netty's: what we accept, another strict reader must read the same way. */
class RequestReaderTest {
    private static final int ROUNDS = 4000;

    /** A whole request as one of the readers understood it. */
    record Read(String method, String target, List<String> fields, String body) {}

    @Test
    void goodRequests_areReadAsNettyReadsThem_howeverTheyAreCut() throws Exception {
        for (int seed = 0; seed < 300; seed++) {
            byte[] bytes = good(new Random(seed)).getBytes(StandardCharsets.ISO_8859_1);
            Read expected = netty(bytes);
            assertThat(expected).as("seed %d: Netty reads it", seed).isNotNull();
            for (int cut = 0; cut <= bytes.length; cut += 1 + seed % 7) {
                assertThat(ours(bytes, cut)).as("seed %d, cut at %d", seed, cut).isEqualTo(expected);
            }
        }
    }

    @Test
    void spoiltRequests_areRefused_orReadAsNettyReadsThem() {
        int agreed = 0;
        int refused = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            byte[] bytes = spoil(good(random), random).getBytes(StandardCharsets.ISO_8859_1);
            Read read;
            try {
                read = ours(bytes, random.nextInt(bytes.length + 1));
            } catch (BadMessage e) {
                assertThat(e.status()).as("seed %d", seed).isBetween(400, 505);
                refused++;
                continue;
            }
            Read other = netty(bytes);
            if (read != null && other != null) {
                assertThat(read).as("seed %d", seed).isEqualTo(other);
                agreed++;
            }
        }
        assertThat(agreed).as("the test compares something").isGreaterThan(ROUNDS / 20);
        assertThat(refused).as("the test spoils something").isGreaterThan(ROUNDS / 20);
    }

    private static String good(Random random) {
        String[] methods = {"GET", "POST", "DELETE", "HEAD", "OPTIONS"};
        StringBuilder out = new StringBuilder(methods[random.nextInt(methods.length)])
                .append(" /api/")
                .append(word(random))
                .append(random.nextBoolean() ? "" : "?" + word(random) + "=" + word(random))
                .append(" HTTP/1.1\r\nHost: localhost\r\n");
        for (int i = random.nextInt(5); i > 0; i--) {
            out.append("X-").append(word(random)).append(random.nextBoolean() ? ": " : ":");
            out.append(word(random)).append(random.nextBoolean() ? "" : " \t" + word(random));
            out.append(random.nextBoolean() ? "\r\n" : "  \r\n");
        }
        String body = random.nextInt(3) == 0 ? "" : word(random) + "\r\n" + word(random);
        if (random.nextBoolean()) {
            out.append("Content-Length: ")
                    .append(body.length())
                    .append("\r\n\r\n")
                    .append(body);
        } else {
            out.append("Transfer-Encoding: chunked\r\n\r\n");
            int at = 0;
            while (at < body.length()) {
                int n = 1 + random.nextInt(body.length() - at);
                String size = Integer.toHexString(n);
                out.append(random.nextBoolean() ? size : size.toUpperCase(Locale.ROOT))
                        .append("\r\n")
                        .append(body, at, at + n)
                        .append("\r\n");
                at += n;
            }
            out.append("0\r\n\r\n");
        }
        return out.toString();
    }

    private static String word(Random random) {
        StringBuilder out = new StringBuilder();
        for (int i = 1 + random.nextInt(12); i > 0; i--) {
            out.append((char) ('a' + random.nextInt(26)));
        }
        return out.toString();
    }

    private static String spoil(String good, Random random) {
        StringBuilder out = new StringBuilder(good);
        String[] poison = {
            "\r", "\n", "\r\n", "\0", " ", "\t", ":", ",", "0", ";", "\u00e9", "chunked", "Content-Length: 3\r\n"
        };
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            int at = random.nextInt(out.length());
            switch (random.nextInt(3)) {
                case 0 -> out.deleteCharAt(at);
                case 1 -> out.insert(at, poison[random.nextInt(poison.length)]);
                default -> out.setCharAt(at, (char) random.nextInt(256));
            }
        }
        return out.toString();
    }

    /** Null when it is not complete. */
    private static Read ours(byte[] bytes, int cut) throws BadMessage {
        RequestReader reader = new RequestReader();
        ByteBuf in = Unpooled.buffer(bytes.length).writeBytes(bytes, 0, cut);
        Request request = null;
        StringBuilder body = new StringBuilder();
        ChunkParser chunks = new ChunkParser();
        ChunkParser.Sink sink = new ChunkParser.Sink() {
            @Override
            public void payload(ByteBuf from, int index, int length) {
                body.append(from.toString(index, length, StandardCharsets.ISO_8859_1));
            }

            @Override
            public void forward(ByteBuf from, int start, int end) {}

            @Override
            public void literal(byte[] literal) {}
        };
        boolean done = false;
        for (int turn = 0; turn < 2 && !done; turn++) {
            if (request == null && reader.read(in)) {
                request = reader.request();
            }
            if (request != null && request.length() < 0) {
                done = chunks.walk(in, sink);
            } else if (request != null && in.readableBytes() >= request.length()) {
                body.append(in.readCharSequence((int) request.length(), StandardCharsets.ISO_8859_1));
                done = true;
            }
            if (turn == 0) {
                in.writeBytes(bytes, cut, bytes.length - cut);
            }
        }
        if (!done) {
            return null;
        }
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < request.head().size(); i++) {
            fields.add(request.head().name(i) + "=" + request.head().value(i));
        }
        String target = request.path() + (request.query() == null ? "" : "?" + request.query());
        return new Read(request.method(), target, fields, body.toString());
    }

    /** Null when it is refused or not complete. */
    private static Read netty(byte[] bytes) {
        EmbeddedChannel channel = new EmbeddedChannel(new HttpRequestDecoder());
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            HttpRequest request = null;
            StringBuilder body = new StringBuilder();
            for (HttpObject part = channel.readInbound(); part != null; part = channel.readInbound()) {
                try {
                    if (part.decoderResult().isFailure()) {
                        return null;
                    }
                    if (part instanceof HttpRequest head) {
                        request = head;
                    }
                    if (part instanceof HttpContent content) {
                        body.append(content.content().toString(StandardCharsets.ISO_8859_1));
                    }
                    if (part instanceof LastHttpContent) {
                        List<String> fields = new ArrayList<>();
                        request.headers()
                                .forEach(f -> fields.add(f.getKey().toLowerCase(Locale.ROOT) + "=" + f.getValue()));
                        return new Read(request.method().name(), request.uri(), fields, body.toString());
                    }
                } finally {
                    ReferenceCountUtil.release(part);
                }
            }
            return null;
        } finally {
            channel.finishAndReleaseAll();
        }
    }
}

package io.essaim.benchmarks.relay;

import io.essaim.api.Operation;
import io.essaim.api.Surface;
import io.essaim.http.BadMessage;
import io.essaim.http.ResponseReader;
import io.essaim.stream.AnswerTap;
import io.essaim.stream.NdjsonTap;
import io.essaim.stream.Relay;
import io.essaim.stream.SseTap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One token on its way: a chunk read from a backend's pipeline, through the relay, written and flushed on a client's. Both
 * pipelines are Netty's embedded ones, so no system call is in it; {@code benchmarks/run compare} has those.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class RelayBenchmark {
    private static final String TOKEN = "{\"model\":\"llama3.2\",\"created_at\":\"2026-02-02T08:48:00.123456789Z\","
            + "\"message\":{\"role\":\"assistant\",\"content\":\" bee\"},\"done\":false}\n";
    private static final String EVENT =
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                    + "\"model\":\"llama3.2\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\" bee\"},"
                    + "\"finish_reason\":null}]}\n\n";

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final ByteBuf chunk = Unpooled.directBuffer();
    private final ByteBuf line = Unpooled.copiedBuffer(TOKEN, StandardCharsets.UTF_8);
    private final ByteBuf event = Unpooled.copiedBuffer(EVENT, StandardCharsets.UTF_8);
    private final NdjsonTap ndjson = new NdjsonTap();
    private final SseTap sse = new SseTap(Surface.OPENAI);
    private final EmbeddedChannel client = new EmbeddedChannel();
    private @Nullable EmbeddedChannel backend;

    @Setup
    public void open() throws BadMessage {
        chunk.writeCharSequence(Integer.toHexString(TOKEN.length()) + "\r\n" + TOKEN + "\r\n", StandardCharsets.UTF_8);
        ByteBuf start = Unpooled.copiedBuffer(HEAD, StandardCharsets.US_ASCII);
        var head = Objects.requireNonNull(new ResponseReader().next(start, false));
        Relay relay = new Relay(head, AnswerTap.of(Operation.CHAT, head.mediaType()), false, false, null);
        relay.open(piece -> client.write(piece, client.voidPromise()));
        backend = new EmbeddedChannel(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) throws BadMessage {
                ByteBuf in = (ByteBuf) msg;
                try {
                    relay.accept(in);
                } finally {
                    in.release();
                }
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                client.flush();
            }
        });
    }

    @Benchmark
    public Object relayOneToken() {
        Objects.requireNonNull(backend).writeInbound(chunk.retainedDuplicate());
        Object out = client.readOutbound();
        ReferenceCountUtil.release(out);
        return out;
    }

    @Benchmark
    public boolean tapOneLine() {
        ndjson.look(line, 0, line.readableBytes());
        return ndjson.complete();
    }

    @Benchmark
    public boolean tapOneEvent() {
        sse.look(event, 0, event.readableBytes());
        return sse.complete();
    }
}

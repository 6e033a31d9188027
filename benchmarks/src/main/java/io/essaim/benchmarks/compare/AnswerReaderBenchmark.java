package io.essaim.benchmarks.compare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the load client itself does for one token: unchunk and count. It shares the processors with the candidate, so this must stay a small part of a
 * microsecond and must not allocate.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Thread)
public class AnswerReaderBenchmark {

    /** Tokens that arrive in one read. */
    @Param({"1", "8"})
    public int tokens;

    private final AnswerReader answer = new AnswerReader();
    private ByteBuf read = Unpooled.EMPTY_BUFFER;

    @Setup
    public void openAnswer() {
        answer.read(Unpooled.wrappedBuffer(Wire.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")));
        read = Unpooled.directBuffer();
        for (int i = 0; i < tokens; i++) {
            read.writeBytes(Wire.chunk(Wire.TOKEN_LINE));
        }
    }

    @Benchmark
    public int countTokens() {
        read.readerIndex(0);
        answer.read(read);
        return answer.lines();
    }
}

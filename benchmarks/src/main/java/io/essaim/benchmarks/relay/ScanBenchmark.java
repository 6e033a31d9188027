package io.essaim.benchmarks.relay;

import io.essaim.api.Operation;
import io.essaim.model.BodyScan;
import io.essaim.model.InvalidBody;
import io.essaim.model.RequestFields;
import java.nio.charset.StandardCharsets;
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

/** Finding the model in a chat's body where it stands last, and the bytes of another name for its place. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ScanBenchmark {
    private static final String SENTENCE = "Say \\\"ol\u00e9\\\" to the swarm, and then count its bees one by one.\\n";

    @Param({"1024", "40960", "4194304"})
    public int bytes;

    private byte[] body = {};

    @Setup
    public void makeBody() {
        StringBuilder out = new StringBuilder(bytes + 256).append("{\"messages\":[");
        for (int turn = 0; out.length() < bytes - 200; turn++) {
            out.append(turn == 0 ? "" : ",").append("{\"role\":\"user\",\"content\":\"");
            int end = Math.min(out.length() + 2000, bytes - 100);
            while (out.length() < end) {
                out.append(SENTENCE);
            }
            out.append("\"}");
        }
        out.append("],\"stream\":true,\"options\":{\"num_ctx\":8192},\"model\":\"llama3.2\"}");
        body = out.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Benchmark
    public Object scanAndSplice() throws InvalidBody {
        RequestFields fields = BodyScan.scan(body, 0, body.length, Operation.CHAT);
        byte[] name = BodyScan.nameValue("llama3.2:1b");
        return java.util.Objects.requireNonNull(fields.modelAt()).from() + name.length;
    }
}

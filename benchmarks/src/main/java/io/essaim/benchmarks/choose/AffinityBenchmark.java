package io.essaim.benchmarks.choose;

import io.essaim.selection.ConversationPrefix;
import io.essaim.selection.PrefixAffinity;
import java.util.Random;
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

/** What it costs to recognise a conversation of so many bytes among many, and to ask two backends for it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class AffinityBenchmark {
    private static final int OTHERS = 5000;
    private static final int TURN = 400;

    @Param({"1000", "32000", "500000"})
    public int bytes;

    private final PrefixAffinity affinity = new PrefixAffinity(100_000, 1, 2, System::nanoTime);
    private byte[] text = {};

    @Setup
    public void remember() {
        Random random = new Random(1);
        for (int i = 0; i < OTHERS; i++) {
            byte[] other = new byte[4000];
            random.nextBytes(other);
            affinity.answered(affinity.conversation("m", other, 0, other.length), "b", 1, 1000, 100);
        }
        text = new byte[bytes + TURN];
        random.nextBytes(text);
        affinity.answered(affinity.conversation("m", text, 0, bytes), "b", 1, bytes / 4, 100);
    }

    @Benchmark
    public long recognise() {
        ConversationPrefix conversation = affinity.conversation("m", text, 0, text.length);
        return affinity.cachedTokens(conversation, "a", 1) + affinity.cachedTokens(conversation, "b", 1);
    }
}

package io.essaim.benchmarks.learn;

import io.essaim.learn.ActiveGeneration;
import io.essaim.learn.BackendClass;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.learn.GenerationFindings;
import io.essaim.learn.ModelEstimates;
import io.essaim.learn.Prediction;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import java.util.ArrayList;
import java.util.List;
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
 * A prediction for one candidate, a token seen, and an answer from begin to end with all it teaches. With two threads
 * ({@code -t 2 EstimatesBenchmark.predict}) it shows what the shared lock costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class EstimatesBenchmark {
    private static final long SECOND = 1_000_000_000L;
    private static final RequestSize ASK = RequestSize.ofBytes(3000);
    private static final ReportedTimings LAST_LINE =
            new ReportedTimings(750, 3 * SECOND, 200, 7 * SECOND, SECOND / 50, 10 * SECOND + SECOND / 10);

    /** Generations under way; the backend has four slots, so with four of them a prediction has to find the wait. */
    @Param({"0", "3", "4", "16"})
    public int running;

    private final ModelEstimates model = new Estimates(CostTerms.USUAL)
            .backend("b")
            .model("m", () -> BackendClass.CPU_SERVER.prior(0).withSlots(4));
    private final List<ActiveGeneration> others = new ArrayList<>();
    private long clock;
    private int parts;

    @Setup
    public void fill() {
        for (int i = 0; i < running; i++) {
            others.add(model.begin(ASK, model.predict(ASK, 0, null, clock), clock));
        }
        others.stream().limit(4).forEach(other -> other.progress(20, clock));
    }

    @Benchmark
    public Prediction predict() {
        return model.predict(ASK, 500, null, clock + SECOND);
    }

    /** Each is seen 20 ms after the one before, so one in a hundred is a sample of the speed. */
    @Benchmark
    public int progress() {
        clock += SECOND / 50;
        parts++;
        for (ActiveGeneration other : others) {
            other.progress(20 + parts, clock);
            break;
        }
        return parts;
    }

    @Benchmark
    public GenerationFindings beginAndLearn() {
        clock += 10 * SECOND;
        ActiveGeneration generation = model.begin(ASK, model.predict(ASK, 0, null, clock), clock);
        generation.progress(1, clock + 3 * SECOND);
        return generation.finished(LAST_LINE, clock + 10 * SECOND);
    }
}

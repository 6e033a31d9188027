package io.essaim.benchmarks.choose;

import io.essaim.api.Failure;
import io.essaim.config.InvalidRules;
import io.essaim.config.RulesLoader;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import io.essaim.model.ModelName;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.QueueTurn;
import io.essaim.selection.Routes;
import io.essaim.selection.Selector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import tools.jackson.databind.node.JsonNodeFactory;

/** What it costs to plan a request and to take a lease on the best of so many healthy backends that were measured, all in one tier. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SelectBenchmark {
    private static final PromptEstimate PROMPT = PromptEstimate.of(RequestSize.ofTokens(500));

    @Param({"4", "256", "5000"})
    public int backends;

    private @Nullable Routes routes;
    private final ModelName model = ModelName.parse("llama3.2").orElseThrow();

    @Setup
    public void makeFleet() throws InvalidRules {
        StringBuilder hosts = new StringBuilder();
        StringBuilder tier = new StringBuilder();
        for (int i = 0; i < backends; i++) {
            String comma = i == 0 ? "" : ",";
            hosts.append("%s\"b%d\":{\"url\":\"http://10.0.%d.%d:11434\",\"slots\":4}"
                    .formatted(comma, i, i / 200, 1 + i % 200));
            tier.append(comma).append("\"b").append(i).append('"');
        }
        String json = "{\"backends\":{" + hosts + "},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[" + tier + "]]}]}";
        var rules = RulesLoader.load("benchmark", json.getBytes(StandardCharsets.UTF_8));
        Fleet fleet = new Fleet(rules, System::nanoTime);
        var row = JsonNodeFactory.instance.objectNode().put("name", "llama3.2:latest");
        for (Backend backend : fleet.all()) {
            backend.up();
            backend.learn(known -> known.withInstalled(
                            Map.of(model.key(), new Inventory.Installed(model, "llama3.2:latest", row)))
                    .withLoaded(List.of(new Inventory.Loaded(model.key(), row)), System.nanoTime()));
        }
        routes = new Routes(rules, fleet);
        for (int i = 0; i < 2 * backends; i++) {
            answer();
        }
    }

    /** Lets whoever is chosen write a short answer, so that everybody has been measured. */
    private void answer() {
        Choice.Taken taken = select();
        long second = TimeUnit.SECONDS.toNanos(1);
        taken.lease().firstToken(true);
        PROMPT.answered(taken.lease(), new ReportedTimings(500, 2 * second, 100, 5 * second, 1, 7 * second + 2));
        taken.lease().end(Failure.Outcome.OK);
    }

    private Choice.Taken select() {
        Plan plan = Objects.requireNonNull(routes).plan(model, null, null);
        return (Choice.Taken) Selector.chooseFree(plan, Set.of(), PROMPT, new QueueTurn(0, 0, SlotOwner.PROXY));
    }

    @Benchmark
    public Object planAndSelect() {
        Choice.Taken taken = select();
        taken.lease().end(Failure.Outcome.NEUTRAL);
        return taken;
    }
}

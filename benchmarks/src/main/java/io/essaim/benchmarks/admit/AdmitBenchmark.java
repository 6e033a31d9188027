package io.essaim.benchmarks.admit;

import io.essaim.admission.Admission;
import io.essaim.admission.Queues;
import io.essaim.admission.SlotRequest;
import io.essaim.admission.Ticket;
import io.essaim.api.Failure;
import io.essaim.config.InvalidRules;
import io.essaim.config.Priority;
import io.essaim.config.QueueRule;
import io.essaim.config.RulesLoader;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.RequestSize;
import io.essaim.model.ModelName;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.Routes;
import io.essaim.selection.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
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

/**
 * What it costs that a request comes, waits and is served, while so many others wait, and what it costs when nobody does.
 * Both hosts have one slot; the requests are those of eight agents.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class AdmitBenchmark {
    private static final PromptEstimate PROMPT = PromptEstimate.of(RequestSize.ofTokens(500));

    private static final int AGENTS = 8;

    @Param({"0", "8", "64"})
    public int waiting;

    private final ModelName model = ModelName.parse("llama3.2").orElseThrow();
    private final Deque<Choice.Taken> running = new ArrayDeque<>();
    private @Nullable Queues queues;
    private @Nullable Plan plan;
    private int number;

    @Setup
    public void makeFleet() throws InvalidRules {
        String json = "{\"backends\":{\"a\":{\"url\":\"http://10.0.0.1\"},\"b\":{\"url\":\"http://10.0.0.2\"}},"
                + "\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"a\",\"b\"]]}]}";
        var rules = RulesLoader.load("benchmark", json.getBytes(StandardCharsets.UTF_8));
        Fleet fleet = new Fleet(rules, System::nanoTime);
        Queues made = new Queues(new QueueRule(1000, 1 << 30, Duration.ofHours(24)), System::nanoTime, () -> 0.5);
        var row = JsonNodeFactory.instance.objectNode().put("name", "llama3.2:latest");
        for (Backend backend : fleet.all()) {
            backend.up();
            backend.learn(known -> known.withInstalled(
                            Map.of(model.key(), new Inventory.Installed(model, "llama3.2:latest", row)))
                    .withLoaded(List.of(new Inventory.Loaded(model.key(), row)), System.nanoTime()));
            backend.whenFreed(made::freed);
        }
        plan = new Routes(rules, fleet).plan(model, null, null);
        queues = made;
        for (int i = 0; waiting > 0 && i < waiting + 2; i++) {
            come();
        }
    }

    /** One comes, one ends, and one that waits gets its slot; with nobody waiting, it comes, is served, and ends. */
    @Benchmark
    public Object comeAndServe() {
        come();
        Choice.Taken taken = running.remove();
        taken.lease().end(Failure.Outcome.NEUTRAL);
        return taken;
    }

    private void come() {
        Plan wanted = Objects.requireNonNull(plan);
        SlotRequest bid = new SlotRequest(
                model.key(),
                new SlotOwner("agent" + number++ % AGENTS, Priority.INTERACTIVE),
                5,
                2,
                wanted,
                1000,
                System.nanoTime(),
                false,
                turn -> Selector.chooseFree(wanted, Set.of(), PROMPT, turn));
        Admission admission = Objects.requireNonNull(queues).enter(bid, this::serve);
        if (admission instanceof Admission.Decided decided && decided.choice() instanceof Choice.Taken taken) {
            running.add(taken);
        }
    }

    private void serve(Ticket ticket) {
        if (ticket.take() instanceof Choice.Taken taken) {
            running.add(taken);
        }
    }
}

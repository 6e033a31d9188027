package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Measures the candidates in turn, round by round. Each is started anew, measured alone and stopped; odd rounds go through the list forwards, even ones
 * backwards, so that a drift of the machine does not favour one of them.
 */
final class Comparison {

    private final Settings settings;
    private final Children children;
    private final Path directory;

    Comparison(Settings settings, Children children, Path directory) {
        this.settings = settings;
        this.children = children;
        this.directory = directory;
    }

    void run(List<Candidate> candidates, Outcome outcome, int ticksPerSecond) throws IOException, InterruptedException {
        Harness harness = Harness.start(children);
        ProcessTable processes = new ProcessTable(Path.of("/proc"));
        Measurement measurement = new Measurement(harness, settings, outcome, processes, ticksPerSecond);
        warmUpHarness(harness);
        for (int round = 1; round <= settings.rounds(); round++) {
            List<Candidate> order = new ArrayList<>(candidates);
            if (round % 2 == 0) {
                Collections.reverse(order);
            }
            for (Candidate candidate : order) {
                System.err.println("round " + round + " of " + settings.rounds() + ": " + candidate.name());
                measure(candidate, round, harness, measurement, outcome);
            }
        }
        addDifferences(candidates, outcome.samples());
    }

    private void measure(Candidate candidate, int round, Harness harness, Measurement measurement, Outcome outcome)
            throws IOException, InterruptedException {
        Path own = directory.resolve("round" + round);
        RunningCandidate running;
        try {
            running = RunningCandidate.start(candidate, harness.backendPort(), own, children);
        } catch (IOException e) {
            outcome.fail(candidate.name() + ", round " + round + ": " + e.getMessage());
            return;
        }
        try (running) {
            measurement.run(candidate.name(), round, running);
        }
    }

    /** The compiled code of backend and client must not get better while the first candidates are measured. */
    private void warmUpHarness(Harness harness) throws IOException {
        if (settings.warmupSeconds() > 0) {
            System.err.println("warming up the harness");
            int streams = settings.largestLoad();
            harness.open(harness.backendPort(), streams, Settings.tokens(streams, settings.warmupSeconds()));
            harness.drain(settings.warmupSeconds() + 20);
            harness.latency(harness.backendPort(), 32, settings.warmupSeconds(), 0);
        }
    }

    private static void addDifferences(List<Candidate> candidates, Samples samples) {
        for (Candidate candidate : candidates) {
            if (candidate.launch() == null) {
                continue;
            }
            for (int connections : Settings.LATENCY_CONNECTIONS) {
                for (String percentile : List.of("p50", "p99")) {
                    List<String> cell = List.of("c" + connections, percentile);
                    samples.addDifference(
                            path("addedTtftMicros", candidate.name(), cell),
                            path("ttftMicros", candidate.name(), cell),
                            path("ttftMicros", Candidate.DIRECT.name(), cell));
                }
            }
        }
    }

    private static List<String> path(String metric, String candidate, List<String> cell) {
        return List.of(metric, candidate, cell.get(0), cell.get(1));
    }
}

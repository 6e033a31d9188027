package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.util.OptionalLong;

/** One candidate in one round: warm-up, times to first token, then each load. The candidate is alone on the machine with the harness. */
final class Measurement {

    private final Harness harness;
    private final Settings settings;
    private final Outcome outcome;
    private final ProcessTable processes;
    private final int ticksPerSecond;

    Measurement(Harness harness, Settings settings, Outcome outcome, ProcessTable processes, int ticksPerSecond) {
        this.harness = harness;
        this.settings = settings;
        this.outcome = outcome;
        this.processes = processes;
        this.ticksPerSecond = ticksPerSecond;
    }

    void run(String name, int round, RunningCandidate candidate) throws IOException, InterruptedException {
        warmUp(name, round, candidate.port());
        for (int connections : Settings.LATENCY_CONNECTIONS) {
            latency(name, round, connections, candidate);
        }
        for (int streams : settings.streams()) {
            load(name, round, streams, candidate);
        }
    }

    private void warmUp(String name, int round, int port) throws IOException {
        if (settings.warmupSeconds() == 0) {
            return;
        }
        int streams = settings.warmupStreams();
        harness.open(port, streams, Settings.tokens(streams, settings.warmupSeconds()));
        verify(name, round, "warm-up", harness.drain(settings.warmupSeconds() + 20));
        int connections = Settings.LATENCY_CONNECTIONS.get(Settings.LATENCY_CONNECTIONS.size() - 1);
        Message last = harness.latency(port, connections, Math.max(1, settings.warmupSeconds() / 2), 0);
        verify(name, round, "warm-up requests", last);
    }

    private void latency(String name, int round, int connections, RunningCandidate candidate) throws IOException {
        OptionalLong pid = candidate.pid();
        Window start = Window.mark(0, harness, processes, pid);
        Message times =
                harness.latency(candidate.port(), connections, settings.latencySeconds(), settings.pauseMicros());
        Window window = Window.mark(0, harness, processes, pid).since(start);
        String key = "c" + connections;
        if (!verify(name, round, connections + " connections", times)) {
            return;
        }
        for (String percentile : new String[] {"p50", "p99"}) {
            outcome.samples().add(round, times.number(percentile) / 1e3, "ttftMicros", name, key, percentile);
        }
        double perSecond = (double) times.number("count") / settings.latencySeconds();
        outcome.samples().add(round, perSecond, "requestsPerSecond", name, key);
        outcome.samples().add(round, window.foreignProcessors(ticksPerSecond), "foreignProcessors", name, key);
    }

    private void load(String name, int round, int streams, RunningCandidate candidate)
            throws IOException, InterruptedException {
        OptionalLong pid = candidate.pid();
        harness.open(candidate.port(), streams, Settings.tokens(streams, settings.windowSeconds()));
        Thread.sleep(1000L * Settings.SETTLE_SECONDS);
        Window start = Window.mark(harness.lines(), harness, processes, pid);
        Thread.sleep(1000L * settings.windowSeconds());
        Window window = Window.mark(harness.lines(), harness, processes, pid).since(start);
        double rss = pid.isPresent() ? processes.residentKibOfTree(pid.getAsLong()) / 1024.0 : 0;
        if (!verify(name, round, streams + " streams", harness.drain(20))) {
            return;
        }
        String load = Integer.toString(streams);
        Samples samples = outcome.samples();
        if (pid.isPresent()) {
            double micros = window.microsPerToken(window.candidateTicks(), ticksPerSecond);
            samples.add(round, micros, "cpuMicrosPerToken", name, load);
            samples.add(round, rss, "rssMiB", name, load);
        }
        double own = window.microsPerToken(window.harnessTicks(), ticksPerSecond);
        samples.add(round, own, "harnessCpuMicrosPerToken", name, load);
        samples.add(round, window.delivered(streams), "deliveredRate", name, load);
        samples.add(round, window.busyProcessors(ticksPerSecond), "busyProcessors", name, load);
        samples.add(round, window.foreignProcessors(ticksPerSecond), "foreignProcessors", name, load);
    }

    private boolean verify(String name, int round, String what, Message report) {
        if (report.count("failed") == 0) {
            return true;
        }
        outcome.fail(name + ", round " + round + ", " + what + ": " + report.text("failed") + " wrong: "
                + report.text("detail"));
        return false;
    }
}

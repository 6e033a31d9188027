package io.essaim.simulator;

import java.util.Map;
import java.util.TreeMap;

/** The counters of a host. They live on its event loop. */
final class Stats {
    private final Map<String, Long> requests = new TreeMap<>();
    int inFlight;
    int waiting;
    long loadsStarted;
    long loadsAborted;
    long loadsFinished;
    long generationsStarted;
    long generationsFinished;
    long generationsCancelled;
    long faultsInjected;

    void request(String route) {
        requests.merge(route, 1L, Long::sum);
    }

    HostState snapshot(int connections, java.util.List<String> loaded) {
        return new HostState(
                inFlight,
                waiting,
                new HostState.Loads(loadsStarted, loadsAborted, loadsFinished),
                new HostState.Generations(generationsStarted, generationsFinished, generationsCancelled),
                Map.copyOf(requests),
                loaded,
                connections,
                faultsInjected);
    }
}

package io.essaim.simulator;

import java.util.List;
import java.util.Map;

/**
 * What a host has done and is doing: a snapshot.
 *
 * @param inFlight inference requests accepted and not yet ended, the waiting ones included
 * @param waiting those among them that wait for a load or a slot
 * @param requests by route, such as {@code POST /api/chat}
 * @param loadedModels as {@code /api/ps} lists them
 * @param connections open now
 * @param faultsInjected requests hit by a fault
 */
public record HostState(
        int inFlight,
        int waiting,
        Loads loads,
        Generations generations,
        Map<String, Long> requests,
        List<String> loadedModels,
        int connections,
        long faultsInjected) {
    /** Loads by outcome; started minus the others is 0 or 1. */
    public record Loads(long started, long aborted, long finished) {}

    /** Generations by outcome; a generation starts when it gets a slot. */
    public record Generations(long started, long finished, long cancelled) {}

    /** How often this route was asked, such as {@code POST /api/chat}. */
    public long requests(String route) {
        return requests.getOrDefault(route, 0L);
    }
}

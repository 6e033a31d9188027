package io.essaim.admission;

import io.essaim.config.Priority;
import java.util.List;

/**
 * The requests that wait for a model at this moment.
 *
 * @param model its key
 * @param waiting in the order in which they will be served as far as is known; at least one
 */
public record QueueSnapshot(String model, List<Place> waiting) {
    public QueueSnapshot {
        waiting = List.copyOf(waiting);
    }

    /**
     * One that waits.
     *
     * @param position 1 is next
     * @param agent whose it is
     * @param priority its class
     * @param waitedSeconds since it came
     * @param etaSeconds until it is likely to be served
     */
    public record Place(int position, String agent, Priority priority, double waitedSeconds, double etaSeconds) {}
}

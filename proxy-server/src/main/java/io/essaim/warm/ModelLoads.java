package io.essaim.warm;

import io.essaim.fleet.Backend;
import io.essaim.upstream.Loop;
import io.essaim.why.LoadView;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The loads under way at the proxy's request. Of one model on one host at most one load is under way and one waits for
 * its end, however many clients ask with however many options: a load outlives its client, so clients that each ask
 * for another context length would else leave a load each at the host. Any thread.
 */
public final class ModelLoads {
    /** Guarded by this. */
    private final Map<Place, Line> lines = new HashMap<>();

    private record Place(Backend backend, String model) {}

    private static final class Line {
        ModelLoad underWay;

        @Nullable
        ModelLoad next;

        Line(ModelLoad underWay) {
            this.underWay = underWay;
        }
    }

    /** The loads under way, by host and model. */
    public synchronized List<LoadView> standing(long now) {
        return lines.values().stream()
                .map(line -> line.underWay.standing(now))
                .sorted(Comparator.comparing(LoadView::host).thenComparing(LoadView::model))
                .toList();
    }

    /**
     * The load that does what the order says: the one under way or the one that waits if they are of the same order, else a new
     * one, which begins at once or when the one under way is over. It runs on the loop of who asked first, and belongs to nobody.
     *
     * @return null when another one waits already: then the request is sent as it is, and the host loads what it needs
     */
    @Nullable
    ModelLoad join(Loop loop, Backend backend, ModelLoad.Order order) {
        Place place = new Place(backend, order.model().key());
        ModelLoad mine = new ModelLoad(loop, backend, order, done -> over(place));
        synchronized (this) {
            Line line = lines.get(place);
            if (line != null) {
                return Stream.of(line.underWay, line.next == null ? mine : line.next)
                        .filter(load -> load.does(order))
                        .findFirst()
                        .map(load -> waits(load, mine, line))
                        .orElse(null);
            }
            lines.put(place, new Line(mine));
        }
        mine.start();
        return mine;
    }

    private static ModelLoad waits(ModelLoad found, ModelLoad mine, Line line) {
        if (found == mine) {
            line.next = mine;
        }
        return found;
    }

    private void over(Place place) {
        ModelLoad next;
        synchronized (this) {
            Line line = lines.get(place);
            next = line == null ? null : line.next;
            if (line == null || next == null) {
                lines.remove(place);
            } else {
                line.underWay = next;
                line.next = null;
            }
        }
        if (next != null) {
            next.begin();
        }
    }
}

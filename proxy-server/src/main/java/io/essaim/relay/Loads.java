package io.essaim.relay;

import io.essaim.fleet.Backend;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The models that hosts are bringing into memory at our word, each once however many wait for it. Any thread. */
public final class Loads {
    private final ConcurrentMap<Key, Load> loads = new ConcurrentHashMap<>();

    private record Key(Backend backend, String call, String body) {}

    /**
     * A load as it stands.
     *
     * @param host the backend's name
     * @param model what is loaded
     * @param forSeconds how long it has been under way
     * @param etaSeconds until it is likely to be over, at least 1; 0 while the host's speed is not known
     */
    public record Standing(String host, String model, long forSeconds, int etaSeconds) {}

    /** The loads under way, by host and model. */
    public List<Standing> standing(long now) {
        return loads.values().stream()
                .map(load -> load.standing(now))
                .sorted(Comparator.comparing(Standing::host).thenComparing(Standing::model))
                .toList();
    }

    /** The load under way, begun if there is none. It runs on the loop of who asked first, and belongs to nobody. */
    Load join(Loop loop, Backend backend, Load.Order order) {
        Key key = new Key(backend, order.call(), order.body());
        Load mine = new Load(loop, backend, order, done -> loads.remove(key, done));
        Load other = loads.putIfAbsent(key, mine);
        if (other != null) {
            return other;
        }
        mine.start();
        return mine;
    }
}

package io.essaim.relay;

import io.essaim.fleet.Backend;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The models that hosts are bringing into memory at our word, each once however many wait for it. Any thread. */
final class Loads {
    private final ConcurrentMap<Key, Load> loads = new ConcurrentHashMap<>();

    private record Key(Backend backend, String call, String body) {}

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

package io.essaim.relay;

import io.essaim.fleet.Backend;
import io.essaim.model.ModelName;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The downloads under way, one per host and model however many ask for it. Any thread. */
final class PullJobs {
    private final ConcurrentMap<Key, PullJob> jobs = new ConcurrentHashMap<>();

    private record Key(Backend backend, String model) {}

    /**
     * The job for this model on this host, begun if there is none. It runs on the loop of who asked first.
     *
     * @param sent the name that the host is to be told
     */
    PullJob join(Loop loop, Backend backend, ModelName model, String sent, boolean insecure) {
        Key key = new Key(backend, model.key());
        PullJob mine = new PullJob(loop, backend, model, sent, insecure, done -> jobs.remove(key, done));
        PullJob other = jobs.putIfAbsent(key, mine);
        if (other != null) {
            return other;
        }
        mine.start();
        return mine;
    }
}

package io.essaim.relay;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/** The long work that hosts are at, each piece once however many ask for it. Any thread. */
final class HostJobs {
    private final ConcurrentMap<Key, HostJob> jobs = new ConcurrentHashMap<>();

    private record Key(Backend backend, String call, String identity) {}

    /**
     * What a host is to do.
     *
     * @param call method and path
     * @param identity what makes two requests the same work
     * @param body JSON; asks for a stream
     * @param shown how the inventory of the host looks once it is done
     */
    record Work(String call, String identity, String body, Predicate<Inventory> shown) {}

    /** The job for this work on this host, begun if there is none. It runs on the loop of who asked first. */
    HostJob join(Loop loop, Backend backend, Work work) {
        Key key = new Key(backend, work.call, work.identity);
        HostJob mine = new HostJob(loop, backend, work, done -> jobs.remove(key, done));
        HostJob other = jobs.putIfAbsent(key, mine);
        if (other != null) {
            return other;
        }
        mine.start();
        return mine;
    }
}

package io.essaim.relay;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/** The long work that hosts are at, each piece once however many ask for it. Any thread. */
public final class HostJobs {
    private final ConcurrentMap<Key, HostJob> jobs = new ConcurrentHashMap<>();

    private record Key(Backend backend, String call, String identity) {}

    /**
     * What a host is to do.
     *
     * @param call method and path
     * @param model what it is about, as shown to a person
     * @param identity what makes two requests the same work
     * @param body JSON; asks for a stream
     * @param shown how the inventory of the host looks once it is done
     */
    record Work(String call, ModelName model, String identity, String body, Predicate<Inventory> shown) {}

    /**
     * A job as it stands.
     *
     * @param host the backend's name
     * @param call method and path
     * @param model what it is about
     * @param status what the host said last, in its own words; empty when it said nothing yet
     * @param completed bytes done of the step it is at; 0 when it does not say
     * @param total bytes of that step; 0 when it does not say
     */
    public record Standing(String host, String call, String model, String status, long completed, long total) {}

    /** The jobs under way, by host and model. */
    public List<Standing> standing() {
        return jobs.values().stream()
                .map(HostJob::standing)
                .sorted(Comparator.comparing(Standing::host)
                        .thenComparing(Standing::model)
                        .thenComparing(Standing::call))
                .toList();
    }

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

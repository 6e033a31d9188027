package io.essaim.manage;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import io.essaim.upstream.Loop;
import io.essaim.why.JobView;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/** The long work of all hosts. Each piece of work runs once, however many clients ask for it. Any thread. */
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

    /** The jobs under way, by host and model. */
    public List<JobView> standing() {
        return jobs.values().stream()
                .map(HostJob::standing)
                .sorted(Comparator.comparing(JobView::host)
                        .thenComparing(JobView::model)
                        .thenComparing(JobView::call))
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

package io.essaim.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Runs downloads: all hosts at once, the models of one host one after another, since they share its line and disk. */
final class PullRunner {
    private PullRunner() {}

    /**
     * Runs all to their end; one that fails does not keep the others from running.
     *
     * @return how many failed
     */
    static int run(Collection<Pull> pulls, HostClient client, PullView view) throws InterruptedException {
        Map<String, List<Pull>> byHost = new LinkedHashMap<>();
        pulls.forEach(pull -> byHost.computeIfAbsent(pull.host().name(), host -> new ArrayList<>())
                .add(pull));
        ExecutorService threads = Executors.newFixedThreadPool(byHost.size(), work -> {
            Thread thread = new Thread(work, "pull");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<Integer>> hosts = new ArrayList<>();
            byHost.values().forEach(ofHost -> hosts.add(threads.submit(() -> failures(ofHost, client, view))));
            int failed = 0;
            for (Future<Integer> host : hosts) {
                failed += host.get();
            }
            return failed;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static int failures(List<Pull> pulls, HostClient client, PullView view) throws InterruptedException {
        int failed = 0;
        for (Pull pull : pulls) {
            @Nullable String failure = pull.run(client, step -> view.step(pull, step));
            view.over(pull, failure);
            failed += failure == null ? 0 : 1;
        }
        return failed;
    }
}

package io.essaim.benchmarks.scenes;

import io.essaim.fleet.Backend;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What it costs a request when its host has just died. */
final class Deaths {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int AT_ONCE = 24;
    private static final long PAUSE = 5_000_000;

    private final Home home;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Deaths(Home home) {
        this.home = home;
    }

    /** Milliseconds from a refused connection to the request at the next host, as the proxy tells it ({@code /why}). */
    List<Double> refused(int rounds) throws InterruptedException, IOException {
        List<Double> all = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            home.dev2.restart();
            awaitUp();
            home.dev2.kill();
            Visit visit = Visit.make(client, home.url("local"), "hello " + round, 0, System.nanoTime());
            double failed = Double.NaN;
            for (JsonNode step : why(visit.routeId()).path("steps")) {
                double at = step.path("at").asDouble();
                if (step.path("step").asString().equals("failed")) {
                    failed = at;
                } else if (step.path("step").asString().equals("chosen") && !Double.isNaN(failed)) {
                    all.add((at - failed) * 1e3);
                    break;
                }
            }
        }
        home.dev2.restart();
        awaitUp();
        return all;
    }

    private JsonNode why(String id) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(home.admin("/why/" + id))).build();
        return JSON.readTree(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private void awaitUp() {
        Backend dev2 = home.proxy.fleet().get("dev2");
        while (dev2.health() != Backend.Health.UP) {
            LockSupport.parkNanos(PAUSE);
        }
    }

    /** Many short requests while dev2 dies and comes back again and again. */
    List<Visit> underFire(int requests, long upMillis, long downMillis)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE + 1);
        try {
            AtomicInteger left = new AtomicInteger(requests);
            Future<?> reaper = threads.submit(() -> {
                while (!Thread.currentThread().isInterrupted() && left.get() > 0) {
                    home.dev2.kill();
                    LockSupport.parkNanos(downMillis * 1_000_000);
                    home.dev2.restart();
                    LockSupport.parkNanos(upMillis * 1_000_000);
                }
            });
            List<Future<List<Visit>>> clients = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                clients.add(threads.submit(() -> {
                    List<Visit> mine = new ArrayList<>();
                    for (int n = left.getAndDecrement(); n > 0; n = left.getAndDecrement()) {
                        mine.add(Visit.make(client, home.url("local"), "bee " + n, 0, System.nanoTime()));
                    }
                    return mine;
                }));
            }
            List<Visit> all = new ArrayList<>();
            for (Future<List<Visit>> each : clients) {
                all.addAll(each.get());
            }
            reaper.get();
            return all;
        } finally {
            threads.shutdownNow();
        }
    }
}

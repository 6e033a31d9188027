package io.essaim.benchmarks.scenes;

import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Clients who ask at times that were drawn beforehand, whatever becomes of the others (open loop). */
final class Crowd {
    private static final double MEDIAN_WORDS = 120;
    private static final double SIGMA = 0.7;
    private static final int MOST_WORDS = 1500;

    private record Due(double seconds, String prompt) {}

    private final List<Due> all = new ArrayList<>();
    private final String url;

    /** @param perSecond questions on average, exponential pauses between them */
    Crowd(String url, double perSecond, double seconds, long seed) {
        this.url = url;
        Random random = new Random(seed);
        double at = 0;
        while (true) {
            at -= Math.log(1 - random.nextDouble()) / perSecond;
            if (at >= seconds) {
                return;
            }
            int words = (int) Math.min(MOST_WORDS, MEDIAN_WORDS * Math.exp(SIGMA * random.nextGaussian()));
            StringBuilder prompt = new StringBuilder();
            for (int i = 0; i < Math.max(5, words); i++) {
                prompt.append(Integer.toString(random.nextInt(36 * 36 * 36), 36))
                        .append(' ');
            }
            all.add(new Due(at, prompt.toString()));
        }
    }

    /** Sends them all and waits for the last answer. */
    List<Visit> come(long startNanos) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(threads)
                .build();
        try {
            List<Future<Visit>> visits = new ArrayList<>();
            for (Due due : all) {
                long at = startNanos + (long) (due.seconds * 1e9);
                while (at - System.nanoTime() > 0) {
                    LockSupport.parkNanos(at - System.nanoTime());
                }
                visits.add(threads.submit(() -> Visit.make(client, url, due.prompt, due.seconds, at)));
            }
            List<Visit> seen = new ArrayList<>();
            for (Future<Visit> visit : visits) {
                seen.add(visit.get());
            }
            return seen;
        } finally {
            threads.shutdownNow();
            var unused = threads.awaitTermination(1, TimeUnit.SECONDS);
        }
    }
}

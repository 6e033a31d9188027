package io.essaim.benchmarks.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code soak}: everything at once, for some minutes, in a small heap. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description =
                "Lets clients of all kinds loose on one proxy in a small heap, and tells whether what it holds grows. Ends with 1"
                        + " when a stream broke its promise, rules could not be changed, or the proxy ended.")
final class Soak implements Callable<Integer> {
    private static final int MOST_MINUTES = 60;
    private static final int SAMPLE_MILLIS = 5000;

    @Option(names = "--minutes", paramLabel = "N", description = "How long, at most 60; 0.5 is half a minute.")
    private double minutes = 2;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Heap of the proxy, as -Xmx takes it.")
    private String heap = "96m";

    @Option(names = "--streams", paramLabel = "N", description = "Streams at a time that are read to their end.")
    private int streams = 40;

    @Option(names = "--cancels", paramLabel = "N", description = "Streams at a time whose clients leave.")
    private int cancels = 10;

    @Option(names = "--stalled", paramLabel = "N", description = "Streams at a time that nobody reads.")
    private int stalled = 50;

    @Option(names = "--body", paramLabel = "MIB", description = "Largest body.")
    private int body = 60;

    @Option(names = "--reload-millis", paramLabel = "N", description = "From one change of the rules to the next.")
    private int reloadMillis = 250;

    @Option(names = "--seed", paramLabel = "N", description = "Draws what clients ask and how hosts fail.")
    private long seed = System.nanoTime();

    /**
     * What the proxy held at one time.
     *
     * @param millis since the start
     * @param heap bytes after a collection
     * @param direct bytes of Netty's direct memory
     */
    private record Sample(long millis, long heap, long direct, long threads, long descriptors, long resident) {}

    private final List<Sample> samples = new ArrayList<>();
    private int reloads;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Soak()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (!(minutes > 0 && minutes <= MOST_MINUTES)) {
            throw new IllegalArgumentException("--minutes is more than 0, at most " + MOST_MINUTES);
        }
        Path directory = Files.createTempDirectory("essaim-soak");
        int port = freePort();
        say("seed %d, -Xmx%s, %.1f minutes%n", seed, heap, minutes);
        try (NumberedHost good = new NumberedHost(seed, 0.01);
                NumberedHost bad = new NumberedHost(seed + 1, 0.2)) {
            Path rules = directory.resolve("rules.json");
            Files.writeString(rules, rules(port, good, bad, 0));
            Process proxy = start(heap, directory, rules);
            try {
                return soak(proxy, rules, port, good, bad);
            } finally {
                proxy.destroy();
                if (!proxy.waitFor(20, TimeUnit.SECONDS)) {
                    proxy.destroyForcibly();
                }
            }
        }
    }

    private static void say(String format, Object... values) {
        System.out.print(String.format(Locale.ROOT, format, values));
    }

    static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    /** Each version has another alias, another weight, and every third one lacks the second host. */
    private static String rules(int port, NumberedHost good, NumberedHost bad, int version) {
        boolean both = version % 3 != 2;
        return "{\"listen\":{\"port\":" + port
                + "},\"state\":\"state\",\"timeouts\":{\"drain\":\"5s\"},\"backends\":{\"good\":{\"url\":\""
                + good.url() + "\",\"slots\":256,\"weight\":" + (1 + version % 2) + "}"
                + (both ? ",\"bad\":{\"url\":\"" + bad.url() + "\",\"slots\":256}" : "")
                + "},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"good\"" + (both ? ",\"bad\"" : "")
                + "]]}],\"aliases\":{\"a"
                + version + "\":\"m\"}}";
    }

    /** The proxy in a process of its own, with an empty access log. */
    static Process start(String heap, Path directory, Path rules) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                Proxy.class.getName(),
                "serve",
                "--rules",
                rules.toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(directory.resolve("proxy.log").toFile());
        builder.environment().put("ESSAIM_ACCESS_LOG", "OFF");
        say("log of the proxy: %s%n", directory.resolve("proxy.log"));
        return builder.start();
    }

    private int soak(Process proxy, Path rules, int port, NumberedHost good, NumberedHost bad)
            throws IOException, InterruptedException {
        awaitPort(proxy, port);
        Visitors visitors = new Visitors(port, seed);
        visitors.come(streams, cancels, stalled, body << 20);
        BufferedReader reports =
                new BufferedReader(new InputStreamReader(proxy.getInputStream(), StandardCharsets.UTF_8));
        long began = System.nanoTime();
        long end = TimeUnit.MILLISECONDS.toNanos((long) (minutes * 60_000));
        long nextSample = SAMPLE_MILLIS;
        say(
                "       s  heap KiB direct KiB threads  descriptors  RSS MiB    whole   errors  refused     left  reloads%n");
        while (proxy.isAlive() && System.nanoTime() - began < end) {
            Thread.sleep(reloadMillis);
            reload(proxy, rules, rules(port, good, bad, ++reloads));
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            if (millis >= nextSample && proxy.isAlive()) {
                nextSample += SAMPLE_MILLIS;
                sample(proxy, reports, millis, visitors);
            }
        }
        boolean lived = proxy.isAlive();
        visitors.stop();
        report(visitors, lived);
        return lived && visitors.violated.get() == 0 && logIsGood(rules.resolveSibling("proxy.log")) ? 0 : 1;
    }

    private static boolean logIsGood(Path file) throws IOException {
        String log = Files.readString(file);
        boolean refusedRules = log.contains("the rules of before still hold");
        boolean faults = log.contains("Exception") || log.contains("Error:");
        if (refusedRules || faults) {
            say("its log tells of %s%n", faults ? "a fault of its own" : "rules that were refused");
        }
        return !refusedRules && !faults;
    }

    static void awaitPort(Process proxy, int port) throws InterruptedException {
        while (proxy.isAlive()) {
            try (Answer answer = new Answer(port)) {
                answer.send("GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n");
                if (answer.status() == 200) {
                    return;
                }
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }

    /** As a careful operator does it: a new file in the place of the old one, and then the signal. */
    private static void reload(Process proxy, Path rules, String text) throws IOException, InterruptedException {
        Path fresh = rules.resolveSibling("rules.new");
        Files.writeString(fresh, text);
        Files.move(fresh, rules, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        new ProcessBuilder("kill", "-HUP", Long.toString(proxy.pid())).start().waitFor();
    }

    private void sample(Process proxy, BufferedReader reports, long millis, Visitors visitors) throws IOException {
        Sample sample = sample(proxy, reports, millis);
        if (sample == null) {
            return;
        }
        samples.add(sample);
        say(
                "%8.0f%10d%11d%8d%13d%9d%9d%9d%9d%9d%9d%n",
                millis / 1000.0,
                sample.heap / 1024,
                sample.direct / 1024,
                sample.threads,
                sample.descriptors,
                sample.resident / 1024,
                visitors.whole.get(),
                visitors.errors.get(),
                visitors.refused.get(),
                visitors.left.get(),
                reloads);
    }

    /** Null when the proxy has ended. */
    private static @Nullable Sample sample(Process proxy, BufferedReader reports, long millis) throws IOException {
        proxy.getOutputStream().write('\n');
        proxy.getOutputStream().flush();
        String line = reports.readLine();
        while (line != null && !line.startsWith("held ")) {
            line = reports.readLine();
        }
        if (line == null) {
            return null;
        }
        String[] held = line.split(" ");
        Path of = Path.of("/proc", Long.toString(proxy.pid()));
        long descriptors;
        try (var open = Files.list(of.resolve("fd"))) {
            descriptors = open.count();
        }
        long resident = Files.readAllLines(of.resolve("status")).stream()
                .filter(each -> each.startsWith("VmRSS"))
                .mapToLong(each -> Long.parseLong(each.replaceAll("\\D", "")))
                .sum();
        return new Sample(
                millis,
                Long.parseLong(held[1]),
                Long.parseLong(held[2]),
                Long.parseLong(held[3]),
                descriptors,
                resident);
    }

    private void report(Visitors visitors, boolean lived) {
        say("%nslope per minute over the last half, and the mean there:%n");
        slope("heap after GC, KiB", sample -> sample.heap / 1024);
        slope("direct memory, KiB", Sample::direct, 1024);
        slope("threads", Sample::threads);
        slope("descriptors", Sample::descriptors);
        slope("RSS, KiB", Sample::resident);
        say(
                "streams: %d whole, %d ended with an error, %d refused, %d left by the client; %d large bodies answered, %d times 200 listings unread; %d changes of the rules%n",
                visitors.whole.get(),
                visitors.errors.get(),
                visitors.refused.get(),
                visitors.left.get(),
                visitors.bodies.get(),
                visitors.listings.get(),
                reloads);
        say("violations: %d%n", visitors.violated.get());
        visitors.violations.forEach(violation -> say("  %s%n", violation));
        if (!lived) {
            say("THE PROXY ENDED%n");
        }
    }

    private void slope(String name, ToLongFunction<Sample> of) {
        slope(name, of, 1);
    }

    /** By least squares. */
    private void slope(String name, ToLongFunction<Sample> of, long unit) {
        List<Sample> half = samples.subList(samples.size() / 2, samples.size());
        double meanTime = half.stream().mapToLong(Sample::millis).average().orElse(0);
        double mean = half.stream().mapToLong(of).average().orElse(0);
        double above = 0;
        double below = 0;
        for (Sample sample : half) {
            above += (sample.millis - meanTime) * (of.applyAsLong(sample) - mean);
            below += (sample.millis - meanTime) * (sample.millis - meanTime);
        }
        double perMinute = below == 0 ? 0 : above / below * 60_000;
        say("  %-22s%+12.1f%14.1f%n", name, perMinute / unit, mean / unit);
    }
}

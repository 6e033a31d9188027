package io.essaim.benchmarks.scenes;

import io.essaim.simulator.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code scenes}: the proxy over sockets in front of simulated hosts that fail. */
@Command(
        name = "scenes",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Lets simulated hosts fail behind the proxy, over sockets, and tells what clients saw.")
final class Scenes implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int ROUNDS = 20;

    /** Fifteen seconds of hosts that are not sped up. */
    private static final double IN_TIME = 15 / Home.TIME_SCALE;

    @Option(names = "--seed", paramLabel = "N", description = "Draws when clients come and what they ask.")
    private long seed = 1;

    @Option(
            names = "--scenes",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Only these: steady, busy, killed, slow10, blackhole, flapping, deaths, fairness, tenfold, hanging.")
    private Set<String> scenes = Set.of();

    @Option(names = "--seconds", paramLabel = "N", description = "Length of each scene.")
    private double seconds = 60;

    @Option(names = "--requests", paramLabel = "N", description = "Requests while dev2 dies again and again.")
    private int requests = 10_000;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures there.")
    private @Nullable Path json;

    private final ObjectNode all = JSON.createObjectNode();

    public static void main(String[] args) {
        System.exit(new CommandLine(new Scenes()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        say(
                "%-11s%9s%10s%10s%9s%9s%6s%9s%11s%7s%9s%n",
                "dev2 is",
                "requests",
                "TTFT P50",
                "P99",
                "good %",
                "no token",
                "cut",
                "cloud %",
                "misroutes",
                "loads",
                "aborted");
        for (Scene scene : Scene.values()) {
            if (wanted(scene.key())) {
                play(scene);
            }
        }
        if (wanted("deaths")) {
            deaths();
        }
        if (wanted("fairness")) {
            fairness();
        }
        if (wanted("tenfold")) {
            tenfold();
        }
        if (wanted("hanging")) {
            hanging();
        }
        if (json != null) {
            Files.writeString(json, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all));
        }
        return 0;
    }

    private boolean wanted(String name) {
        return scenes.isEmpty() || scenes.contains(name);
    }

    private static void say(String format, Object... values) {
        System.out.print(String.format(Locale.ROOT, format, values));
    }

    private void play(Scene scene) throws Exception {
        try (Home home = Home.start(48, 160)) {
            warm(home);
            long start = System.nanoTime();
            ExecutorService fate = Executors.newSingleThreadExecutor();
            Future<?> acts = fate.submit(() -> act(scene, home, start));
            List<Visit> visits = new Crowd(home.url("main"), scene.perSecond, seconds, seed).come(start);
            acts.get();
            fate.shutdown();
            report(scene, Figures.of(scene, seconds, visits, home, IN_TIME));
        }
    }

    private void act(Scene scene, Home home, long start) {
        boolean well = true;
        for (double at = 0; at < seconds; at = (System.nanoTime() - start) / 1e9) {
            if (scene.well(at, seconds) != well) {
                well = !well;
                if (well) {
                    scene.heal(home.dev2);
                } else {
                    scene.strike(home.dev2);
                }
            }
            LockSupport.parkNanos(10_000_000);
        }
        if (!well) {
            scene.heal(home.dev2);
        }
    }

    /** Both hosts have their model in memory and were measured. */
    private void warm(Home home) throws Exception {
        new Crowd(home.url("local"), 4, 3, ~seed).come(System.nanoTime());
        while (home.pi.state().loadedModels().isEmpty()) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    private void report(Scene scene, Figures figures) {
        say(
                "%-11s%9d%10.2f%10.2f%9.1f%9d%6d%9.0f%11d%7d%9d%n",
                scene.key(),
                figures.requests(),
                figures.ttftP50(),
                figures.ttftP99(),
                100 * figures.goodput(),
                figures.failedBefore(),
                figures.cut(),
                100 * figures.cloud(),
                figures.misroutes(),
                figures.loads(),
                figures.loadsAborted());
        String key = "scenes." + scene.key();
        all.put(key + ".ttftP50", figures.ttftP50());
        all.put(key + ".ttftP99", figures.ttftP99());
        all.put(key + ".goodput", figures.goodput());
        all.put(key + ".failedBefore", figures.failedBefore());
        all.put(key + ".cut", figures.cut());
        all.put(key + ".misroutes", figures.misroutes());
        all.put(key + ".loadsAborted", figures.loadsAborted());
    }

    private void deaths() throws Exception {
        try (Home home = Home.start(1, 3)) {
            warm(home);
            Deaths deaths = new Deaths(home);
            List<Double> refused = deaths.refused(ROUNDS);
            say(
                    "%nrefused connection to the next attempt, %d times: P50 %.1f ms, longest %.1f ms%n",
                    refused.size(), Figures.quantile(refused, 0.5), Figures.quantile(refused, 1));
            List<Visit> visits = deaths.underFire(requests, 300, 150);
            long none = visits.stream().filter(visit -> !visit.begun()).count();
            long cut = visits.stream()
                    .filter(visit -> visit.begun() && !visit.whole())
                    .count();
            say(
                    "%d short requests while dev2 dies every 0.45 s: %d without a token, %d cut after it%n",
                    visits.size(), none, cut);
            all.put("scenes.refused.p50Millis", Figures.quantile(refused, 0.5));
            all.put("scenes.refused.maxMillis", Figures.quantile(refused, 1));
            all.put("scenes.deaths.requests", visits.size());
            all.put("scenes.deaths.failedBefore", none);
            all.put("scenes.deaths.cut", cut);
        }
    }

    /** One agent asks for more than the hosts can do; another now and then, or for a quarter of what they can do. */
    private void fairness() throws Exception {
        for (double perSecond : new double[] {0.5, 2}) {
            Map<String, Double> one = Map.of("local", perSecond);
            fair("one that asks %.1f times a second".formatted(perSecond), one, 0, 20, "modest" + perSecond);
        }
    }

    /** One of five agents that ask as often asks ten times as often. */
    private void tenfold() throws Exception {
        Map<String, Double> four = Map.of("ant", 0.5, "bee", 0.5, "cat", 0.5, "dog", 0.5);
        fair("four that ask every two seconds, as it did", four, 0.5, 5, "tenfold");
    }

    /**
     * What the others see while the busy agent asks as often as it did, and while it asks more.
     *
     * @param others how often each asks
     */
    private void fair(String who, Map<String, Double> others, double before, double then, String name)
            throws Exception {
        double usual = others(others, before);
        double busy = others(others, then);
        say(
                "%nan agent asks %.1f instead of %.1f times a second, beside %s: their TTFT P95 is %.2f s, and was %.2f s (%+.0f %%)%n",
                then, before, who, busy, usual, 100 * (busy / usual - 1));
        all.put("scenes.fairness." + name + ".usualP95", usual);
        all.put("scenes.fairness." + name + ".busyP95", busy);
    }

    /** Of a hundred requests that dev2 takes it never answers one: who waits, and who has another host asked. */
    private void hanging() throws Exception {
        for (String agent : List.of("local", "hedged")) {
            try (Home home = Home.start(48, 160)) {
                warm(home);
                while (home.pi.state().generations().finished() == 0) { // Until a canary has measured it.
                    LockSupport.parkNanos(10_000_000);
                }
                home.dev2.faults().set(Fault.parse("silence:probability=0.01,seed=" + seed));
                double[] times = Figures.times(new Crowd(home.url(agent), 2, seconds, seed).come(System.nanoTime()));
                say(
                        "%nagent %s, %d requests, %d of them hang: TTFT P50 %.2f s, P99 %.2f s, longest %.2f s%n",
                        agent,
                        times.length,
                        home.dev2.state().faultsInjected(),
                        Figures.quantile(times, 0.5),
                        Figures.quantile(times, 0.99),
                        Figures.quantile(times, 1));
                String key = "scenes.hanging." + agent;
                all.put(key + ".ttftP50", Figures.quantile(times, 0.5));
                all.put(key + ".ttftP99", Figures.quantile(times, 0.99));
                all.put(key + ".longest", Figures.quantile(times, 1));
            }
        }
    }

    private double others(Map<String, Double> perSecond, double greedyPerSecond) throws Exception {
        try (Home home = Home.start(48, 160)) {
            warm(home);
            long start = System.nanoTime();
            ExecutorService agents = Executors.newCachedThreadPool();
            List<Future<List<Visit>>> visits = new ArrayList<>();
            long draw = seed;
            for (Map.Entry<String, Double> agent : new TreeMap<>(perSecond).entrySet()) {
                visits.add(agents.submit(crowd(home, agent.getKey(), agent.getValue(), draw++, start)));
            }
            Future<List<Visit>> rest = greedyPerSecond == 0
                    ? CompletableFuture.completedFuture(List.of())
                    : agents.submit(crowd(home, "greedy", greedyPerSecond, draw, start));
            List<Visit> theirs = new ArrayList<>();
            for (Future<List<Visit>> one : visits) {
                theirs.addAll(one.get());
            }
            rest.get();
            agents.shutdown();
            return Figures.quantile(Figures.times(theirs), 0.95);
        }
    }

    private Callable<List<Visit>> crowd(Home home, String agent, double perSecond, long draw, long start) {
        return () -> new Crowd(home.url(agent), perSecond, seconds / 2, draw).come(start);
    }
}

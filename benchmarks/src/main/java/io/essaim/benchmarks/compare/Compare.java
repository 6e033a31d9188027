package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code compare}: the same paced token stream through each installed proxy, in turn. Exits with 1 if any answer was not what was sent. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Drives the same paced token stream (50 tokens/s each) through each installed proxy, in turn.")
final class Compare implements Callable<Integer> {

    @Option(names = "--streams", split = ",", paramLabel = "N", description = "Concurrent streams of each load.")
    private List<Integer> streams = List.of(50, 200, 800);

    @Option(
            names = "--candidates",
            split = ",",
            paramLabel = "NAME",
            description = "Of nginx, haproxy, essaim; the direct way is always measured.")
    private List<String> names = Candidates.NAMES;

    @Option(names = "--rounds", description = "Times each candidate is started and measured.")
    private int rounds = 2;

    @Option(names = "--warmup", paramLabel = "S", description = "Seconds of streams after each start.")
    private int warmup = 10;

    @Option(names = "--seconds", paramLabel = "S", description = "Seconds of each measured window.")
    private int seconds = 10;

    @Option(
            names = "--ttft-seconds",
            paramLabel = "S",
            description = "Seconds of each time-to-first-token measurement.")
    private int latencySeconds = 3;

    @Option(
            names = "--pause-micros",
            paramLabel = "N",
            description = "Pause of a connection between two requests while time to first token is measured.")
    private long pauseMicros = 0;

    @Option(
            names = "--essaim",
            paramLabel = "CMD",
            description = "Shell command that runs Essaim in the foreground; {backend} and {port} are filled in, "
                    + "or else --backend URL --port P is appended. Default: the repository's launcher, with serve.")
    private @Nullable String essaim;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures there.")
    private @Nullable Path json;

    @Spec
    private @Nullable CommandSpec spec;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Compare()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = settings();
        Outcome outcome = new Outcome(
                MachineFacts.gather(), new LinkedHashMap<>(), new ArrayList<>(), new Samples(), new ArrayList<>());
        List<Candidate> candidates = candidates(settings, outcome);
        Path directory = Files.createTempDirectory("essaim-compare");
        Children children = new Children();
        // Also the way out after Ctrl-C.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            children.close();
            delete(directory);
        }));
        System.err.printf(
                "measuring %s: about %d min%n",
                outcome.candidates().keySet(), 1 + settings.expectedSeconds(candidates.size()) / 60);
        try {
            new Comparison(settings, children, directory).run(candidates, outcome, MachineFacts.ticksPerSecond());
        } catch (IOException e) {
            if (children.isClosed()) {
                return 1;
            }
            outcome.fail("the comparison ended early: " + e.getMessage());
        }
        Report report = new Report(outcome, settings);
        System.out.print(report.text());
        if (json != null) {
            Files.writeString(json, report.json() + "\n");
        }
        return outcome.failures().isEmpty() ? 0 : 1;
    }

    private Settings settings() {
        for (String name : names) {
            if (!Candidates.NAMES.contains(name)) {
                throw misuse("no candidate " + name + "; there are " + Candidates.NAMES);
            }
        }
        try {
            return new Settings(streams, rounds, warmup, seconds, latencySeconds, pauseMicros);
        } catch (IllegalArgumentException e) {
            throw misuse(e.getMessage());
        }
    }

    private ParameterException misuse(@Nullable String why) {
        return new ParameterException(
                Objects.requireNonNull(spec, "set by picocli").commandLine(), why);
    }

    private List<Candidate> candidates(Settings settings, Outcome outcome) throws IOException, InterruptedException {
        Path repository =
                Path.of(System.getProperty("benchmarks.repository", "")).toAbsolutePath();
        Candidates installed = new Candidates(repository, essaim, 2 * settings.largestLoad() + 1024);
        List<Candidate> candidates = new ArrayList<>(List.of(Candidate.DIRECT));
        for (String name : names) {
            Optional<Candidate> candidate = installed.find(name);
            if (candidate.isPresent()) {
                candidates.add(candidate.get());
            } else {
                outcome.skipped().add(name);
                System.err.println("SKIPPED: " + name + " is not installed: skipped");
            }
        }
        Map<String, String> versions = outcome.candidates();
        candidates.forEach(candidate -> versions.put(candidate.name(), candidate.version()));
        return candidates;
    }

    private static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("left behind: " + directory + " (" + e.getMessage() + ")");
        }
    }
}

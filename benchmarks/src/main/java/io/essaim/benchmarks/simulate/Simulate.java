package io.essaim.benchmarks.simulate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code simulate}: the proxy's choices against other policies and an oracle, on simulated fleets under a virtual clock. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description =
                "Lets the proxy's own classes share out requests among simulated hosts, and other policies the same ones.")
final class Simulate implements Callable<Integer> {
    @Option(names = "--seed", paramLabel = "N", description = "First of the seeds. Below 1000 are those for tuning.")
    private long seed = 1000;

    @Option(names = "--runs", paramLabel = "N", description = "Seeds of each scenario and policy.")
    private int runs = 8;

    @Option(
            names = "--scenarios",
            split = ",",
            paramLabel = "NAME",
            description = "Only these: fleet, or a fault at home.")
    private Set<String> scenarios = Set.of();

    @Option(names = "--policies", split = ",", paramLabel = "NAME", description = "Only these.")
    private Set<String> policies = Set.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures there.")
    private @Nullable Path json;

    @Option(names = "--page", paramLabel = "FILE", description = "Also writes a page with plots there.")
    private @Nullable Path page;

    @Option(names = "--check", description = "Exits with 1 if the proxy misses a target.")
    private boolean check;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Simulate()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Results results = new Results();
        for (Scenario scenario : chosen()) {
            for (String policy : Picks.policies().keySet()) {
                if (policies.isEmpty() || policies.contains(policy)) {
                    results.run(scenario, policy, seed, runs);
                }
            }
            System.out.println(Figures.table(scenario, results.of(scenario)));
        }
        if (json != null) {
            Files.writeString(json, Figures.json(results, seed, runs) + "\n");
        }
        if (page != null) {
            Files.writeString(page, Page.html(results, seed, runs));
        }
        List<String> missed = results.missed();
        missed.forEach(target -> System.out.println("missed: " + target));
        return check && !missed.isEmpty() ? 1 : 0;
    }

    private List<Scenario> chosen() {
        List<Scenario> all = new ArrayList<>();
        Scenarios.home().forEach((name, scenario) -> {
            if (scenarios.isEmpty() || scenarios.contains(name)) {
                all.add(scenario);
            }
        });
        if (scenarios.isEmpty() || scenarios.contains(Scenarios.FLEET)) {
            all.add(Scenarios.fleet());
        }
        return all;
    }
}

package io.essaim.cli;

import io.essaim.api.Printable;
import io.essaim.config.BackendRule;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import io.essaim.selection.Candidate;
import io.essaim.selection.RequestedModel;
import io.essaim.selection.RequiredModels;
import io.essaim.selection.Routes;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code essaim pull}: lets hosts download models, those of one's choice or all that the rules need. */
@Command(
        name = "pull",
        description =
                "Let the hosts download models: those named here, on every host that the rules need them on, or with "
                        + "--missing all that the rules need. Exit code 1 when something failed.",
        mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {
    private static final int LONGEST_NAME = 500;

    @Mixin
    private RulesOption rulesOption = new RulesOption();

    @Option(names = "--host", paramLabel = "NAME", description = "only on this host; may be repeated")
    private List<String> only = new ArrayList<>();

    @Option(names = "--missing", description = "what the rules need on a host and the host does not have")
    private boolean missing;

    @Option(names = "--dry-run", description = "only say what would be pulled")
    private boolean dryRun;

    @Parameters(arity = "0..*", paramLabel = "MODEL", description = "such as llama3.2:1b")
    private List<String> models = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (missing != models.isEmpty()) {
            throw new Main.Complaint(
                    missing ? "--missing and MODEL exclude each other" : "name a MODEL to pull, or use --missing");
        }
        Rules rules = rulesOption.read();
        Map<String, BackendRule> hosts = chosen(rules);
        HostClient client = new HostClient(rules, rulesOption.file());
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        boolean allAsked = true;
        Set<Pull> pulls;
        if (missing) {
            HostReplies<Map<String, Inventory.Installed>> survey = client.installed();
            survey.complain(err);
            allAsked = survey.failures().isEmpty();
            pulls = missing(rules, hosts, survey.answers());
        } else {
            pulls = named(rules, hosts);
        }
        if (pulls.isEmpty()) {
            out.println(allAsked ? "nothing is missing" : "nothing is missing on the hosts that answered");
        }
        out.flush();
        return run(pulls, client, out, err) == 0 && allAsked ? 0 : 1;
    }

    private int run(Set<Pull> pulls, HostClient client, PrintWriter out, PrintWriter err) throws InterruptedException {
        if (dryRun || pulls.isEmpty()) {
            pulls.forEach(pull -> out.println(pull + ": would be pulled"));
            out.flush();
            return 0;
        }
        int width =
                pulls.stream().mapToInt(pull -> pull.toString().length()).max().orElse(0);
        PullView view = TerminalColours.forTerminal().on() ? new PullBars(out, err, width) : new PullLines(out, err);
        return PullRunner.run(pulls, client, view);
    }

    /** The hosts to think of: those that were named, or all. */
    private Map<String, BackendRule> chosen(Rules rules) throws Main.Complaint {
        Map<String, BackendRule> all = new LinkedHashMap<>();
        HostClient.hosts(rules).forEach(host -> all.put(host.name(), host));
        for (String name : only) {
            if (!all.containsKey(name)) {
                throw new Main.Complaint("--host " + Printable.of(name, LONGEST_NAME)
                        + ": the rules have no such Ollama host (they have " + String.join(", ", all.keySet()) + ")");
            }
        }
        if (!only.isEmpty()) {
            all.keySet().retainAll(only);
        }
        return all;
    }

    private Set<Pull> named(Rules rules, Map<String, BackendRule> hosts) throws Main.Complaint {
        Routes routes = new Routes(rules, new Fleet(rules, System::nanoTime));
        Set<Pull> pulls = new LinkedHashSet<>();
        for (String text : models) {
            ModelName model = RequestedModel.read(text, rules)
                    .map(RequestedModel::model)
                    .orElseThrow(() -> new Main.Complaint(Printable.of(text, LONGEST_NAME) + ": not a model name"));
            if (!only.isEmpty()) {
                hosts.values().forEach(host -> pulls.add(new Pull(host, model)));
                continue;
            }
            List<Candidate> needing = routes.needing(model);
            if (needing.isEmpty()) {
                throw new Main.Complaint(text + ": no route is for this model: add one, or name a host with --host");
            }
            needing.forEach(c -> pulls.add(new Pull(c.backend().rule(), c.model())));
        }
        return pulls;
    }

    private static Set<Pull> missing(
            Rules rules, Map<String, BackendRule> hosts, Map<String, Map<String, Inventory.Installed>> installed) {
        Set<Pull> pulls = new LinkedHashSet<>();
        missing(rules, installed).forEach((name, models) -> {
            BackendRule host = hosts.get(name);
            if (host != null) {
                models.forEach(model -> pulls.add(new Pull(host, model)));
            }
        });
        return pulls;
    }

    /** What the rules need and is not there, by name of the host. */
    static Map<String, Set<ModelName>> missing(Rules rules, Map<String, Map<String, Inventory.Installed>> installed) {
        Map<String, Set<ModelName>> names = new LinkedHashMap<>();
        installed.forEach((host, models) -> names.put(host, names(models.values())));
        return new RequiredModels(rules, new Routes(rules, new Fleet(rules, System::nanoTime))).missing(names);
    }

    private static Set<ModelName> names(Collection<Inventory.Installed> models) {
        return models.stream().map(Inventory.Installed::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}

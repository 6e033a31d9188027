package io.essaim.cli;

import io.essaim.budget.BudgetLine;
import io.essaim.budget.BudgetMeasure;
import io.essaim.budget.Budgets;
import io.essaim.budget.Ledger;
import io.essaim.config.AgentRule;
import io.essaim.config.Allowance;
import io.essaim.config.Rules;
import io.essaim.state.FileBudgetStore;
import io.essaim.state.StateDirectory;
import io.essaim.state.StateFault;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code essaim budget}: what agents have used of clouds, from the files of the proxy, running or not. */
@Command(
        name = "budget",
        description = "Show what agents have spent of their budgets for clouds. Exit code 1 when that cannot be read.",
        mixinStandardHelpOptions = true)
final class BudgetCommand implements Callable<Integer> {
    private static final long CENT = 10_000;

    @Mixin
    private RulesOption rulesOption = new RulesOption();

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "the proxy's state directory (default: as the proxy finds it)")
    private @Nullable Path directory;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        var line = Objects.requireNonNull(spec).commandLine();
        Rules rules = rulesOption.read();
        Path state =
                directory == null ? StateDirectory.ofPlatform().choose(rules.state(), rulesOption.file()) : directory;
        List<AgentRule> agents = rules.agents().values().stream()
                .filter(agent -> !rules.cloudsOf(agent.name()).isEmpty()
                        || agent.budget().limits())
                .toList();
        if (agents.isEmpty()) {
            line.getOut().println("no agent may use a cloud");
            return 0;
        }
        try {
            Map<String, Ledger> ledgers = FileBudgetStore.look(state);
            if (ledgers.isEmpty()) {
                line.getOut().println("nothing is known yet in " + state);
            }
            table(rules.currency(), agents, ledgers).print(line.getOut());
            return 0;
        } catch (StateFault e) {
            line.getErr().println(e.getMessage());
            return 1;
        }
    }

    private static TextTable table(String currency, List<AgentRule> agents, Map<String, Ledger> ledgers) {
        TextTable table =
                new TextTable("AGENT", "WINDOW", "OF", "SPENT", "RESERVED", "LEFT", "LIMIT", "FORECAST", "NEXT WINDOW");
        Instant now = Instant.now();
        for (AgentRule agent : agents) {
            Ledger ledger = ledgers.getOrDefault(Budgets.key(agent), Ledger.EMPTY);
            for (BudgetLine line : BudgetLine.of(agent.budget(), ledger, now)) {
                BudgetMeasure measure = line.measure();
                table.row(
                        agent.name(),
                        line.period().key(),
                        measure.unit(currency),
                        measure.number(line.spent()),
                        measure.number(line.reserved()),
                        limited(measure, line.left()),
                        limited(measure, line.limit()),
                        measure.number(measure == BudgetMeasure.COST ? line.forecast() / CENT * CENT : line.forecast()),
                        line.opensText());
            }
        }
        return table;
    }

    private static String limited(BudgetMeasure measure, long amount) {
        return amount == Allowance.UNLIMITED ? "-" : measure.number(amount);
    }
}

package io.essaim.cli;

import io.essaim.config.Rules;
import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code essaim models}: one list of what is installed on all hosts, and of what the rules miss there. */
@Command(
        name = "models",
        description = "List the models of all hosts, and those that the rules need on a host and it does not have. "
                + "Exit code 1 when a host does not answer.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    @Mixin
    private RulesOption rulesOption = new RulesOption();

    @Spec
    private @Nullable CommandSpec spec;

    /** One model on all hosts; what it is like is what the first host says that has it. */
    private static final class Row {
        private final String name;
        private final List<String> hosts = new ArrayList<>();
        private String size = "-";
        private @Nullable String digest;

        Row(ModelName name) {
            this.name = name.shortest();
        }

        void installed(String host, Inventory.Installed model) {
            String other = model.row().path("digest").asString("");
            if (digest == null) {
                digest = other;
                size = HumanUnits.size(model.row().path("size").asLong(0));
            }
            hosts.add(other.equals(digest) ? host : host + " (another digest)");
        }
    }

    @Override
    public Integer call() throws Exception {
        Rules rules = rulesOption.read();
        HostReplies<Map<String, Inventory.Installed>> survey = new HostClient(rules, rulesOption.file()).installed();
        Map<String, Row> rows = new TreeMap<>();
        survey.answers()
                .forEach((host, models) ->
                        models.values().forEach(model -> row(rows, model.name()).installed(host, model)));
        PullCommand.missing(rules, survey.answers())
                .forEach((host, models) ->
                        models.forEach(model -> row(rows, model).hosts.add(host + " (missing)")));
        TextTable table = new TextTable("NAME", "SIZE", "HOSTS");
        rows.values().forEach(row -> table.row(row.name, row.size, String.join(", ", row.hosts)));
        table.print(Objects.requireNonNull(spec).commandLine().getOut());
        survey.complain(spec.commandLine().getErr());
        return survey.exitCode();
    }

    private static Row row(Map<String, Row> rows, ModelName name) {
        return rows.computeIfAbsent(name.key(), key -> new Row(name));
    }
}

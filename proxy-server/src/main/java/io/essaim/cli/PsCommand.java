package io.essaim.cli;

import io.essaim.fleet.Inventory;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code essaim ps}: one list of what is in memory on all hosts. */
@Command(
        name = "ps",
        description = "List the models that the hosts have in memory. Exit code 1 when a host does not answer.",
        mixinStandardHelpOptions = true)
final class PsCommand implements Callable<Integer> {
    @Mixin
    private RulesOption rulesOption = new RulesOption();

    @Spec
    private @Nullable CommandSpec spec;

    private record Row(String host, Inventory.Loaded model) {}

    @Override
    public Integer call() throws Exception {
        HostReplies<List<Inventory.Loaded>> survey = new HostClient(rulesOption.read(), rulesOption.file()).loaded();
        Instant now = Instant.now();
        List<Row> rows = new ArrayList<>();
        survey.answers().forEach((host, models) -> models.forEach(model -> rows.add(new Row(host, model))));
        rows.sort(Comparator.comparing(row -> row.model.key())); // stable: hosts stay in the order of the rules
        TextTable table = new TextTable("NAME", "HOST", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL");
        rows.forEach(row -> {
            JsonNode said = row.model.row();
            long size = said.path("size").asLong(0);
            table.row(
                    said.path("name").asString(""),
                    row.host,
                    HumanUnits.size(size),
                    HumanUnits.processor(size, said.path("size_vram").asLong(0)),
                    Long.toString(said.path("context_length").asLong(0)),
                    until(said.path("expires_at").asString(""), now));
        });
        table.print(Objects.requireNonNull(spec).commandLine().getOut());
        survey.complain(spec.commandLine().getErr());
        return survey.exitCode();
    }

    private static String until(String expiresAt, Instant now) {
        try {
            return HumanUnits.until(OffsetDateTime.parse(expiresAt).toInstant(), now);
        } catch (DateTimeException e) {
            return "-";
        }
    }
}

package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.budget.BudgetDecision;
import io.essaim.budget.Budgets;
import io.essaim.budget.CloudUsage;
import io.essaim.config.AgentRule;
import io.essaim.config.Price;
import io.essaim.config.RulesLoader;
import io.essaim.state.FileBudgetStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetCommandTest {
    private static final String RULES = """
            { "currency": "EUR", "state": "kept here",
              "backends": {
                "dev2": { "url": "http://127.0.0.1:1" },
                "c": { "url": "http://127.0.0.1:2/v1", "dialect": "openai", "prices": { "*": { "input": 1, "output": 2 } } } },
              "routes": [{ "models": ["*"], "tiers": [["dev2"]] }],
              "agents": {
                "main": { },
                "DRH": { "cloud": [{ "backend": "c", "model": "m" }],
                         "budget": { "month": { "requests": 3, "cost": 1.5 }, "timeZone": "Europe/Paris" } } } }
            """;

    @TempDir
    Path directory;

    private Path rules;
    private Path state;

    @BeforeEach
    void write() throws Exception {
        rules = Files.writeString(directory.resolve("rules.json"), RULES);
        state = directory.resolve("kept here");
    }

    /** The cells of each row, by the spaces between columns. */
    private List<List<String>> rows(Said said) {
        assertThat(said.code()).as(said.err()).isZero();
        return said.out().lines().map(line -> List.of(line.split(" {3,}"))).toList();
    }

    @Test
    void showsWhatIsSpentReservedAndLeft_whileTheProxyRuns() throws Exception {
        AgentRule agent =
                RulesLoader.load("rules.json", Files.readAllBytes(rules)).agent("drh");
        try (FileBudgetStore store = FileBudgetStore.open(state)) {
            Budgets budgets = new Budgets(store, Clock.systemUTC());
            Price price = new Price(1_000_000, 2_000_000);
            ((BudgetDecision.Granted) budgets.reserve(agent, CloudUsage.ofCall(100_000, 0, price)))
                    .reservation()
                    .spendAll();
            budgets.reserve(agent, CloudUsage.ofCall(0, 200_000, price));
            assertThat(store.flush(30_000)).isTrue();

            List<List<String>> rows = rows(Said.by("budget", "--rules", rules.toString()));
            assertThat(rows.get(0))
                    .containsExactly(
                            "AGENT", "WINDOW", "OF", "SPENT", "RESERVED", "LEFT", "LIMIT", "FORECAST", "NEXT WINDOW");
            assertThat(rows.get(1)).startsWith("DRH", "month", "requests", "1", "1", "1", "3");
            assertThat(rows.get(2)).startsWith("DRH", "month", "EUR", "0.1", "0.4", "1", "1.5");
            assertThat(rows.get(2).get(8)).matches("20\\d\\d-\\d\\d-01 00:00 Europe/Paris");
            assertThat(rows).hasSize(3);
        }
    }

    @Test
    void beforeTheFirstCallNothingIsSpent() {
        Said said = Said.by(
                "budget",
                "--rules",
                rules.toString(),
                "--state",
                directory.resolve("other").toString());
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .startsWith("nothing is known yet in " + directory.resolve("other"))
                .containsPattern("DRH +month +requests +0 +0 +3 +3 +0 ");
        assertThat(directory.resolve("other")).doesNotExist();
    }

    @Test
    void aDamagedFileIsNamedAndLeftAsItIs() throws Exception {
        Files.createDirectories(state);
        Path file = Files.writeString(state.resolve("budgets.txt"), "x".repeat(20_000));
        Said said = Said.by("budget", "--rules", rules.toString());
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).startsWith(file + " is damaged: ");
        assertThat(file).hasSize(20_000);
    }

    @Test
    void withoutCloudsThereIsNothingToShow() throws Exception {
        Files.writeString(rules, """
                { "backends": { "dev2": { "url": "http://127.0.0.1:1" } },
                  "routes": [{ "models": ["*"], "tiers": [["dev2"]] }], "agents": { "main": { } } }
                """);
        assertThat(Said.by("budget", "--rules", rules.toString()).out())
                .isEqualTo("no agent may use a cloud" + System.lineSeparator());
    }
}

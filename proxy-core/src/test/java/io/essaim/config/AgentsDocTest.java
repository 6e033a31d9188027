package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.model.ModelName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The profiles that the manual shows load, mean what it says, and fit the clients' configuration beside them. */
class AgentsDocTest {
    private static final Pattern EXAMPLE = Pattern.compile("```json(?: rules)?\n(.*?)```", Pattern.DOTALL);

    private static List<String> examples() throws Exception {
        return EXAMPLE.matcher(Files.readString(Path.of("..", "docs", "how-to", "agents.md")))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static Rules rules() throws Exception {
        return RulesLoader.load("agents.md", examples().get(0).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theExampleMeansWhatTheTextSays() throws Exception {
        Rules rules = rules();
        assertThat(rules.agent("unheard-of").profile().rate().requests()).isEqualTo(60);
        assertThat(rules.agent("main").cloud()).isEmpty();
        assertThat(rules.agent("drh").keys()).hasSize(1);
        Zone europe = rules.agent("drh").profile().zone();
        assertThat(europe).isNotNull();
        assertThat(europe.admits(rules.backends().get("mistral").zone())).isTrue();
        assertThat(europe.admits(rules.backends().get("gemini").zone())).isFalse();
        assertThat(europe.admits(rules.backends().get("pi").zone())).isTrue();
    }

    @Test
    void workThatNobodyWaitsFor_prefersThePi() throws Exception {
        String example = examples().stream()
                .filter(text -> text.contains("night"))
                .findFirst()
                .orElseThrow();
        Rules rules = RulesLoader.load("agents.md", example.getBytes(StandardCharsets.UTF_8));
        assertThat(rules.agent("night").priority()).isEqualTo(Priority.BATCH);
        assertThat(rules.agent("night").profile().routes().get(0).tiers().get(0))
                .extracting(TierEntry::backend)
                .containsExactly("pi");
        assertThat(rules.agent("main").profile().routes()).isEmpty();
    }

    @Test
    void openClawsAgents_haveTheModelsThatTheirProvidersName() throws Exception {
        Rules rules = rules();
        JsonNode openClaw = new JsonMapper().readTree(examples().get(1));
        JsonNode entries = openClaw.path("agents").path("entries");
        assertThat(entries.propertyNames()).containsExactly("main", "dev", "rssi", "drh");
        entries.properties().forEach(entry -> {
            String[] chosen = entry.getValue().path("model").asString("").split("/", 2);
            JsonNode provider = openClaw.path("models").path("providers").path(chosen[0]);
            assertThat(provider.path("baseUrl").asString("")).endsWith("/agents/" + entry.getKey());
            assertThat(provider.path("models").get(0).path("id").asString("")).isEqualTo(chosen[1]);
            ModelName model = ModelName.parse(chosen[1]).orElseThrow();
            AgentRule agent = rules.agent(entry.getKey());
            assertThat(agent.profile().model()).isEqualTo(model);
            assertThat(rules.mayUse(agent, model)).isTrue();
        });
    }
}

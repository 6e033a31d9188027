package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CloudModelTest {
    private static List<CloudModel> models(String agent, String... models) throws Exception {
        StringBuilder entries = new StringBuilder();
        for (String model : models) {
            entries.append(entries.length() == 0 ? "" : ",").append("{'backend':'c','model':'" + model + "'}");
            entries.append(",{'backend':'d','model':'" + model + "'}");
        }
        String rules = ("{'backends':{'h':{'url':'http://10.0.0.1:11434'},'c':{'url':'https://c.example/v1/accounts/7',"
                        + "'dialect':'openai'},'d':{'url':'https://d.example:444','dialect':'anthropic'}},"
                        + "'routes':[{'models':['*'],'tiers':[['h']]}],'agents':{'" + agent + "':{'cloud':[" + entries
                        + "]}}}")
                .replace('\'', '"');
        Rules read = RulesLoader.load("rules", rules.getBytes(StandardCharsets.UTF_8));
        return List.copyOf(CloudModel.of(read.agent(agent), read));
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-2.5-flash, gemini-2.5-flash:latest, gemini",
        "mistral, mistral:latest, mistral",
        "anthropic/Claude-3.5:beta, anthropic/Claude-3.5:beta, claude",
        "accounts/x/models/llama-v3p1-405b, llama-v3p1-405b:latest, llama",
        "@cf/meta/llama-3, llama-3:latest, llama"
    })
    void theNameIsTheClouds_asAnOllamaCouldHaveIt(String model, String name, String family) throws Exception {
        List<CloudModel> models = models("a", model);
        assertThat(models).as("one of two clouds").hasSize(1);
        JsonNode row = models.get(0).installed().row();
        assertThat(row.path("name").asString()).isEqualTo(name);
        assertThat(row.path("remote_model").asString()).isEqualTo(model);
        assertThat(row.path("remote_host").asString()).isEqualTo("https://c.example");
        assertThat(row.path("details").path("family").asString()).isEqualTo(family);
    }

    @Test
    void whatCannotBeANameOfAnOllama_isNotListed() throws Exception {
        assertThat(models("a", "x@y", "large", "a/b/c/")).hasSize(1);
    }

    @Test
    void whatEverybodyFallsUnder_hasNone() throws Exception {
        assertThat(models("Default", "large")).isEmpty();
    }

    @Test
    void differentModels_haveDifferentDigests() throws Exception {
        assertThat(models("a", "large", "small"))
                .extracting(model -> model.installed().row().path("digest").asString())
                .doesNotHaveDuplicates();
    }

    @Test
    void showIsJson_whateverIsAsked() throws Exception {
        String shown = models("a", "large").get(0).show("la\"rge\n");
        assertThat(new JsonMapper()
                        .readTree(shown)
                        .path("model_info")
                        .path("general.basename")
                        .asString())
                .isEqualTo("la\"rge\n");
    }
}
